"""The columns of a hotline's list and of letters of request, by the words that their headings use. Lists of times, levels and
kinds come in as many words as there are hotlines: what is not known is kept by its heading."""

from __future__ import annotations

from tongxin.kit.sheets import Field
from tongxin.needs.rules import MAX_TEXT

_PERSON = (
    Field("phone", ("联系电话", "来电号码", "来电电话", "主叫号码", "联系方式", "手机号码", "手机号", "手机", "电话", "tel")),
    Field("name", ("来电人", "来电人姓名", "反映人", "诉求人", "求助人", "联系人", "姓名", "市民姓名", "caller")),
)
HOTLINE = (
    Field("id", ("工单编号", "工单号", "工单流水号", "受理编号", "受理单号", "诉求编号", "案件编号", "流水号", "编号", "ticket")),
    Field(
        "text",
        ("诉求内容", "反映内容", "来电内容", "求助内容", "诉求描述", "问题描述", "事项内容", "主要内容", "内容", "诉求", "需求",
         "反映问题", "诉求标题", "标题", "content"),
        required=True, max_text=MAX_TEXT,
    ),
    Field(
        "raised_at",
        ("反映时间", "来电时间", "受理时间", "诉求时间", "登记时间", "接听时间", "创建时间", "时间", "time"), kind="time",
    ),
    Field("day", ("受理日期", "来电日期", "反映日期", "登记日期", "日期", "date"), kind="date"),
    *_PERSON,
    Field("address", ("诉求地址", "事发地址", "事发地点", "详细地址", "居住地址", "家庭住址", "住址", "地址", "地点")),
    Field("community", ("所属社区", "所在社区", "社区", "承办社区", "村居", "community")),
    Field("kind", ("诉求类型", "诉求类别", "诉求分类", "问题类型", "事项类别", "类型", "类别", "分类")),
    Field("urgency", ("紧急程度", "紧急等级", "缓急程度", "是否紧急", "紧急", "等级", "优先级", "priority")),
)  # fmt: skip
LETTERS = (
    Field("id", ("函号", "协查函编号", "函件编号", "文号", "编号")),
    Field(
        "text", ("协查事项", "协查内容", "请求事项", "请求协助事项", "协助事项", "协助内容", "函件内容", "事由", "内容", "备注"),
        max_text=MAX_TEXT,
    ),
    Field("sender", ("来函单位", "发函单位", "来函地区", "发函地区", "发函机关", "来函地", "协查地区")),
    Field("raised_at", ("来函时间", "发函时间", "收函时间", "来函日期", "发函日期", "收函日期", "日期", "时间"), kind="time"),
    *_PERSON,
    Field("address", ("现住址", "现居住地", "居住地址", "到达地址", "目的地", "涉及地址", "住址", "地址")),
    Field("community", ("所属社区", "所在社区", "社区", "community")),
)  # fmt: skip
URGENCIES = {
    "紧急": 1, "特急": 1, "加急": 1, "急": 1, "急件": 1, "高": 1, "是": 1, "一级": 1, "urgent": 1, "high": 1,
    "一般": 2, "普通": 2, "平件": 2, "常规": 2, "中": 2, "低": 2, "否": 2, "三级": 2, "routine": 2, "normal": 2, "low": 2,
    "危急": 0, "危重": 0, "emergency": 0,
}  # fmt: skip
UNTOLD = ("序号", "_line", "_reason")
"""Columns that tell nothing about a need: the row's own number, and what a file of rejected rows adds."""
