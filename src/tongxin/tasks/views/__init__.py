"""The worklist and the page of one task."""

from tongxin.tasks.views.act import claim, complete, hand_over, put_back
from tongxin.tasks.views.task import task
from tongxin.tasks.views.worklist import worklist

__all__ = ["claim", "complete", "hand_over", "put_back", "task", "worklist"]
