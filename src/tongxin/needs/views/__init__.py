"""The needs desk: the inbox, a need's page, the telephone, the hand-over of a shift, what was asked, the glossary."""
