"""The columns of scans and reports, in files and in the API: one list for both."""

from __future__ import annotations

from tongxin.kit.tables import Column

SCANS = (
    Column("scan_id"),
    Column("round"),
    Column("purpose"),
    Column("tube_barcode"),
    Column("tube_kind"),
    Column("capacity"),
    Column("site"),
    Column("station"),
    Column("person_no"),
    Column("id_number"),
    Column("scanned_at"),
)
REPORTS = (
    Column("report_no", ("报告编号", "report number")),
    Column("lab", ("检测机构", "laboratory")),
    Column("barcode", ("样本管号", "tube_barcode")),
    Column("result", ("结果",)),
    Column("ct_orf1ab", ("ORF1ab基因Ct值",), required=False),
    Column("ct_n", ("N基因Ct值",), required=False),
    Column("tested_at", ("检测时间",), required=False),
    Column("reported_at", ("报告时间",)),
)
ROUNDS = (Column("round"), Column("day"), Column("community_code"))
HANDOVERS = (
    Column("tube_barcode", required=False),
    Column("step"),
    Column("box", required=False),
    Column("actor"),
    Column("at"),
)
