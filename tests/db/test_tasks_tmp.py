import sys; sys.path.insert(0,"/work/main/tests/db")
import test_tasks as T
from tongxin.kit import db, security
def test_x(city):
    with db.acting_as(db.WEB), db.transaction_block(), security.scope([T.COMMUNITY.range, T.NEXT.range]):
        T.operations.open_tasks([T.NewTask("test.call", T.UNIT, 3), T.NewTask("test.call", T.NEXT, 4)], T.NOW, T.BECAUSE)
