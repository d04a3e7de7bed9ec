"""What an address says: the sentences of the labelling guide, as people write them in real lists."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.places.addresses import Address, key, parse
from tongxin.places.addresses.sounds import sound_of


def said(text: str, street: str = "") -> dict[str, Any]:
    """What was found, without what is empty; low confidence shows."""
    address = parse(text, street).as_json()
    found = {name: value for name, value in address.items() if value and name not in ("text", "excluded", "confidence")}
    excluded = {name: value for name, value in address["excluded"].items() if value}
    return found | ({"excluded": excluded} if excluded else {}) | ({"low": True} if address["confidence"] == "low" else {})


def test_a_building_and_its_entrance_are_counted_in_a_compound() -> None:
    assert said("呼家楼南里28号楼1单元") == {"compound": "呼家楼南里", "buildings": ["28"], "units": ["1"]}
    assert said("工体西里5号楼1单元") == {"compound": "工体西里", "buildings": ["5"], "units": ["1"]}
    assert said("小关北里213楼5门") == {"compound": "小关北里", "buildings": ["213"], "units": ["5"]}
    assert said("胜古南里29号楼东1单元") == {"compound": "胜古南里", "buildings": ["29"], "units": ["东1"]}


def test_a_number_counts_along_a_road_and_a_yard_in_a_compound() -> None:
    assert said("百子湾路16号") == {"road": "百子湾路", "number": "16号"}
    assert said("小关街道育慧南路甲3号") == {"road": "育慧南路", "number": "甲3号"}
    assert said("广渠路29号院九龙花园小区3号楼") == {
        "road": "广渠路", "number": "29号院", "compound": "九龙花园小区", "buildings": ["3"],
    }  # fmt: skip
    assert said("海棠公社2号院3号楼") == {"compound": "海棠公社", "number": "2号院", "buildings": ["3"]}
    assert said("新源西里东街11号楼") == {"road": "新源西里东街", "buildings": ["11"]}


def test_shanghai_counts_lanes_along_the_road_and_houses_along_the_lane() -> None:
    assert said("白杨路199弄") == {"road": "白杨路", "number": "199弄"}
    assert said("白杨路199弄12号301室") == {"road": "白杨路", "number": "199弄", "buildings": ["12"], "rooms": ["301"]}


def test_a_road_named_after_a_compound_is_a_road_and_a_compound_named_after_a_road_a_compound() -> None:
    assert said("柳芳南里社区左家庄西街5号院5号楼")["road"] == "左家庄西街"
    assert said("三里屯南路20号楼") == {"road": "三里屯南路", "buildings": ["20"]}
    assert said("望花路西里12号楼") == {"compound": "望花路西里", "buildings": ["12"]}
    assert said("和平街十一区36号楼") == {"compound": "和平街十一区", "buildings": ["36"]}


def test_numbers_in_a_village_are_houses() -> None:
    assert said("安基村朱家宅") == {"compound": "安基村朱家宅"}
    assert said("东辛店村190号") == {"compound": "东辛店村", "buildings": ["190"]}
    assert said("园艺场一号院") == {"compound": "园艺场", "buildings": ["1"]}
    assert said("小店村网格8区231号") == {"compound": "小店村网格8区", "buildings": ["231"]}


def test_the_street_in_front_is_not_part_of_the_address() -> None:
    assert said("和平街街道十一区26号楼") == {"compound": "十一区", "buildings": ["26"]}
    assert said("北京市朝阳区管庄乡八里桥南院7号楼") == {"compound": "八里桥南院", "buildings": ["7"]}
    assert said("团结湖水碓子东里23号楼", "团结湖街道") == {"compound": "水碓子东里", "buildings": ["23"]}


def test_a_name_that_begins_like_the_street_is_kept_where_the_rest_could_not_stand_alone() -> None:
    assert said("小关东里8号院6楼", "小关街道")["compound"] == "小关东里"
    assert said("劲松一区111楼", "劲松街道")["compound"] == "劲松一区"
    assert said("潘家园13号楼", "潘家园街道")["compound"] == "潘家园"
    assert said("平房村1590号", "平房（地区）乡")["compound"] == "平房村"


def test_lists_and_ranges_are_spelled_out() -> None:
    assert said("富力城D36、D35、D33") == {"compound": "富力城", "buildings": ["D36", "D35", "D33"]}
    assert said("甜水园东里23号楼、甲23号楼")["buildings"] == ["23", "甲23"]
    assert said("安苑北里14、15、16号楼")["buildings"] == ["14", "15", "16"]
    assert said("东村177号至181号")["buildings"] == said("东村177-181号")["buildings"] == ["177", "178", "179", "180", "181"]
    assert said("静安里2号楼1单元2单元") == said("静安里2号楼1、2单元") == said("静安里2号楼（1、2单元）")
    assert said("华严北里12号楼1-4单元")["units"] == ["1", "2", "3", "4"]
    assert said("郎辛庄68-70、77、68号")["buildings"] == ["68", "69", "70", "77"]


def test_a_range_that_falls_is_a_number_with_a_dash_and_one_beyond_300_is_not_trusted() -> None:
    assert said("六里屯中街55-2号") == {"road": "六里屯中街", "number": "55-2号"}
    assert len(said("安家楼村1-300号")["buildings"]) == 300 and "low" not in said("安家楼村1-300号")
    assert said("安家楼村1号至301号")["low"]


def test_a_dash_leads_from_the_building_to_the_entrance_and_the_room() -> None:
    assert said("南湖中园302-1单元") == {"compound": "南湖中园", "buildings": ["302"], "units": ["1"]}
    assert said("小营北路23号院-7") == {"road": "小营北路", "number": "23号院", "buildings": ["7"]}
    assert said("芳草苑36-2-501") == {"compound": "芳草苑", "buildings": ["36"], "units": ["2"], "rooms": ["501"]}
    assert said("观唐花园3-501") == {"compound": "观唐花园", "buildings": ["3"], "rooms": ["501"]}


def test_chinese_and_full_width_numerals_are_arabic_digits() -> None:
    assert said("小关东里十号院９号楼二单元") == said("小关东里10号院9号楼2单元")
    assert said("安贞里一百零五号楼")["buildings"] == ["105"]
    assert said("北苑路甲13号b1层")["floors"] == said("北苑路甲13号地下一层")["floors"] == ["b1"]
    assert said("阜荣街朝廷公寓3号楼a单元")["units"] == ["A"]


def test_numerals_inside_names_are_not_counted() -> None:
    assert said("六号井11号楼") == {"compound": "六号井", "buildings": ["11"]}
    assert said("公园1872小区6号楼") == {"compound": "公园1872小区", "buildings": ["6"]}
    assert said("798园区秋果酒店") == {"compound": "798园区秋果酒店"}
    assert said("丽都壹号8号楼") == {"compound": "丽都壹号", "buildings": ["8"]}
    assert said("一街坊13楼1单元") == {"compound": "一街坊", "buildings": ["13"], "units": ["1"]}


def test_the_number_of_a_house_in_a_compound_is_a_building_that_of_a_yard_is_not() -> None:
    assert said("清友园社区12号") == {"compound": "清友园社区", "buildings": ["12"]}
    assert said("双花园西里7号5单元") == {"compound": "双花园西里", "buildings": ["7"], "units": ["5"]}
    assert said("立水桥甲6号院（东大院）") == {"compound": "立水桥", "number": "甲6号院"}
    assert said("潘家园东里21号汉庭酒店") == {"compound": "潘家园东里", "buildings": ["21"]}


def test_sides_are_zones_of_buildings_and_part_of_the_number_of_rows() -> None:
    assert said("奥园一期北121号楼") == {"compound": "奥园一期北", "buildings": ["121"]}
    assert said("纸盒厂宿舍东三排") == {"compound": "纸盒厂宿舍", "buildings": ["东3排"]}
    assert said("富力城A3号楼西塔") == {"compound": "富力城", "buildings": ["A3"], "units": ["西塔"]}
    assert said("金台西路2号院机新1楼")["buildings"] == ["机新1"]


def test_two_buildings_with_nothing_between_are_not_trusted() -> None:
    assert said("红北73号楼5号楼") == {"compound": "红北", "buildings": ["73", "5"], "low": True}


def test_what_a_bracket_excludes_is_taken_out() -> None:
    assert said("芳草地西街12号楼（除1单元）") == {"road": "芳草地西街", "buildings": ["12"], "excluded": {"units": ["1"]}}
    assert said("潘家园甲20号楼（北单元除外）")["excluded"] == {"units": ["北"]}
    assert said("九龙花园3号楼不含1、2单元")["excluded"] == {"units": ["1", "2"]}
    assert said("双井东里3号楼（除走消防通道的2楼房间外其余区域）")["low"]


def test_a_bracket_that_explains_the_same_place_is_dropped() -> None:
    assert said("金泽家园C区5号楼（即308号楼）") == {"compound": "金泽家园C区", "buildings": ["5"]}
    assert said("外馆斜街1号楼（外馆西街1号楼）") == {"road": "外馆斜街", "buildings": ["1"]}
    assert said("速8酒店（奥体中心地铁站）") == {"compound": "速8酒店"}


def test_the_same_floor_and_three_above_are_four_floors() -> None:
    assert said("御河大厦2号楼5层及以上3层")["floors"] == ["5", "6", "7", "8"]
    assert said("道家园7号楼1单元和2单元的4-6层") == {
        "compound": "道家园", "buildings": ["7"], "units": ["1", "2"], "floors": ["4", "5", "6"],
    }  # fmt: skip


def test_a_house_stands_in_a_row_and_an_entrance_in_a_block() -> None:
    assert said("奶东村10排16号") == {"compound": "奶东村", "buildings": ["10排16"]}
    assert said("马泉营村2区102栋1号院") == {"compound": "马泉营村2区", "buildings": ["102"], "units": ["1"]}


def test_a_building_may_have_a_name() -> None:
    assert said("东大桥路10号院物业办公楼") == {"road": "东大桥路", "number": "10号院", "buildings": ["物业办公楼"]}
    assert said("小关东里10号院东小楼") == {"compound": "小关东里", "number": "10号院", "buildings": ["东小楼"]}
    assert said("芳草地社区化家楼西单元") == {"compound": "芳草地社区", "buildings": ["化家楼"], "units": ["西"]}


def test_shops_and_cellars_of_the_same_building_are_dropped() -> None:
    assert said("金泽家园A区9号楼及底商") == said("金泽家园A区9号楼及地下室") == said("金泽家园A区9号楼")


@pytest.mark.parametrize(
    "text",
    [
        "吕家营484号及周边4个院落",
        "李宝龙大院以西、鸿博北街以北、铁路沿线以南的合围区域",
        "安华西里二区10号楼、外馆西街2号楼",
        "红庙北里50号楼东侧平房",
        "左家庄东里4号楼3单元、7号楼",
    ],
)
def test_what_these_fields_cannot_say_is_not_trusted(text: str) -> None:
    assert said(text)["low"]


@pytest.mark.parametrize(
    ("before", "after", "street"),
    [
        ("和平街街道十一区26号楼", "和平街11区26号楼", "和平街街道"),
        ("安贞西里一区5楼", "安贞西里1区5号楼", "安贞街道"),
        ("惠新苑小区3号楼", "惠新苑3号楼", "小关街道"),
        ("垡头西里社区40号楼3门", "垡头西里40号楼3单元", "垡头街道"),
        ("观音堂村271号", "观音堂271号", "王四营（地区）乡"),
        ("酒仙桥十一街坊11号楼2单元", "11街坊11号楼2单元", "酒仙桥街道"),
        ("富力城C8、C7", "双井富力城C7、C8", "双井街道"),
        ("金泽家园C区5号楼（即308号楼）", "金泽家园Ｃ区5号楼", "金盏（地区）乡"),
        ("中纺27楼后南平房", "中纺27号楼后南平房", "三里屯街道"),
        ("翠城馨园101号楼", "翠成馨园101号楼", "垡头街道"),
        ("弘善二社区弘善家园315号楼", "弘善家园第二社区315号楼", "十八里店（地区）乡"),
        ("和平村F4号楼2单元", "和平村F区4号楼2单元", "双井街道"),
        ("安贞西里4四区16号楼", "安贞西里4区16号楼", "安贞街道"),
    ],
)
def test_other_words_for_the_same_places_have_the_same_key(before: str, after: str, street: str) -> None:
    assert key(parse(before, street)) == key(parse(after, street))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("惠新里215号楼", "惠新里215号楼地下室"),
        ("潘家园甲20号楼", "潘家园甲20号楼（除北单元）"),
        ("潘家园甲20号楼", "潘家园20号楼"),
        ("东风家园3号楼", "东风苑3号楼"),
        ("安华西里三区22号楼", "安贞西里三区22号楼"),
        ("宇宙影视基地（东院）", "宇宙影视基地（西院）"),
        ("光华路1号楼", "光华东路1号楼"),
        ("富力城D区", "富力城D座"),
        ("小关东里3号楼", "小关北里3号楼"),
        ("吕家营484号", "吕家营484号及周边4个院落"),
        ("左家庄东里4号楼3单元、7号楼", "左家庄东里4号楼、7号楼3单元"),
        ("南湖中园20号楼11单元", "南湖中园201号楼1单元"),
    ],
)
def test_other_places_have_other_keys(one: str, other: str) -> None:
    assert key(parse(one)) != key(parse(other))


HOSTILE = [
    "", " ", "\n", "\x00", "（）", "（（（", "）））", "())(", "【", "除", "（除）", "-", "至", "、、、", "号楼", "1", "１２３", "😀", "A" * 50,
    "1-", "-1", "1--2", "9" * 400, "一" * 400, "1号楼" * 300, "(" * 900, "除（" * 300, "1-300号、" * 150, "东" * 900, "里" * 900,
    "1号楼1、" * 200, "第" * 999, "及以上3层", "层及以上99999层", "1层及以上100层", "号" * 999, "\ud800", "楼" * 1_000_000,
    "1号楼" * 300_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: repr(t[:8]))
def test_whatever_comes_in_is_answered_quickly(text: str) -> None:
    start = time.process_time()
    address = parse(text, text[:20])
    assert isinstance(key(address), str) and address.text == text
    assert time.process_time() - start < 0.5


def test_every_common_character_has_the_sound_of_its_syllable() -> None:
    assert sound_of("城") == sound_of("成") == sound_of("程") != sound_of("陈")
    assert [sound_of(c) for c in "啊座A碓😀"] == ["啊", "昨", "A", "碓", "😀"]


def test_a_text_longer_than_any_address_is_not_read() -> None:
    assert parse("安贞里1号楼" * 200) == Address("安贞里1号楼" * 200)


@given(
    st.text(max_size=80) | st.text("一二十甲临东西0123号楼院单元层室排门至-、（）()除及的里路村区A ", max_size=60),
    st.text(max_size=6),
)
def test_nothing_is_raised_the_text_is_kept_and_no_list_repeats_itself(text: str, street: str) -> None:
    address = parse(text, street)
    assert address.text == text and address.confidence in ("high", "low")
    for parts in (address, address.excluded):
        for values in (parts.buildings, parts.units, parts.floors, parts.rooms):
            assert len(set(values)) == len(values)
    assert isinstance(key(address), str)


NUMBERS = st.builds("{}{}".format, st.sampled_from(["", "", "甲", "D"]), st.integers(1, 999))
COMPOUNDS = st.sampled_from(
    ["呼家楼南里", "富力城D区", "小关街道惠新苑小区", "和平街十一区", "东辛店村", "芳草地西街", "广渠路29号院九龙花园"]
)
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@given(COMPOUNDS, st.lists(NUMBERS, min_size=1, max_size=5, unique=True), st.randoms(use_true_random=False))
def test_a_key_sees_neither_full_width_digits_nor_the_order_of_a_list(compound: str, numbers: list[str], random: Any) -> None:
    text = compound + "、".join(f"{n}号楼" for n in numbers)
    assert key(parse(text)) == key(parse(text.translate(FULL_WIDTH))) == key(parse(text.replace("号楼", "楼")))
    random.shuffle(numbers)
    assert key(parse(text)) == key(parse(compound + "、".join(f"{n}号楼" for n in numbers)))


@given(COMPOUNDS, st.tuples(NUMBERS, NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_other_buildings_entrances_and_rooms_have_other_keys(
    compound: str, one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    for form in ("{}号楼", "{}号楼{}单元", "{}号楼{}单元{}室", "{}号楼、{}号楼", "{}号楼（除{}单元）"):
        a, b = compound + form.format(*one), compound + form.format(*other)
        n = form.count("{}")
        same = set(one[:n]) == set(other[:n]) if "、" in form else one[:n] == other[:n]
        assert (key(parse(a)) == key(parse(b))) == same


def _command(given_bytes: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tongxin", "parse-addresses", *options]
    return subprocess.run(command, input=given_bytes, capture_output=True, check=False, timeout=60)


def test_the_command_answers_a_line_with_a_line() -> None:
    done = _command("\ufeff呼家楼南里28号楼1单元\r\n\n白杨路199弄".encode())
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and not done.stderr
    assert [a["text"] for a in answers] == ["呼家楼南里28号楼1单元", "", "白杨路199弄"]
    assert answers[0] == parse("呼家楼南里28号楼1单元").as_json()


def test_a_line_that_is_not_utf_8_is_named_and_the_others_go_on() -> None:
    done = _command("小营1号楼\n".encode() + "安贞里".encode("gb18030") + "\n小营2号楼\n".encode())
    assert done.returncode == 1 and b"line 2 " in done.stderr
    assert [json.loads(line)["buildings"] for line in done.stdout.splitlines()] == [["1"], ["2"]]


def test_a_reader_that_has_enough_ends_the_command_quietly() -> None:
    command = [sys.executable, "-m", "tongxin", "parse-addresses"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        try:
            process.stdin.write("小营1号楼\n".encode() * 20_000)
            process.stdin.close()
        except BrokenPipeError:
            process.stdin = None
        assert process.stderr.read() == b"" and process.wait(60) == 0


def test_reading_addresses_needs_no_django() -> None:
    code = "import sys, tongxin.places.addresses; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
