"""Characters that sound alike.

Lists are typed by sound, so a wrong character is one of the same syllable (翠城馨园, 翠成馨园); and names near each other
must not sound alike: 地名管理条例 of 1986, article 4 (streets of a town, villages of a township "不应重名,并避免同音"), and
the provinces' rules, which add residential quarters. So a name's sound says as much as its characters.

GB/T 2312-1980 orders its 3,755 level 1 characters by syllable, regardless of tone; where each of the 396 syllables
begins is all that is needed to know which characters sound alike. Characters beyond level 1 stay as they are.
"""

from __future__ import annotations

from bisect import bisect_right

_FIRST_OF_EACH_SYLLABLE = (
    "啊埃鞍肮凹芭白斑邦苞杯奔崩逼鞭标鳖彬兵玻捕擦猜餐苍操厕层插拆搀昌超车郴撑吃充抽初揣川疮吹春戳疵聪凑粗蹿摧村磋搭呆耽当刀德蹬堤颠碉跌丁"
    "丢东兜督端堆墩掇蛾恩而发藩坊菲芬丰佛否夫噶该干冈篙哥给根耕工钩辜刮乖棺光瑰辊锅哈骸酣夯壕呵嘿痕哼轰喉呼花槐欢荒灰荤豁击嘉歼僵蕉揭巾荆"
    "炯揪鞠捐撅均喀开刊康考坷肯坑空抠枯夸块宽匡亏坤括垃莱蓝琅捞勒雷棱厘俩联粮撩列琳玲溜龙楼芦驴峦掠抡萝妈埋瞒芒猫么玫门萌眯棉苗蔑民明谬摸"
    "谋拇拿氖南囊挠呢馁嫩能妮蔫娘鸟捏您柠牛脓奴女暖虐挪哦欧啪拍攀乓抛呸喷砰坯篇飘撇拼乒坡扑期掐牵枪橇切钦青琼秋趋圈缺裙然瓤饶惹壬扔日戎揉"
    "茹软蕊闰若撒腮三桑搔瑟森僧莎筛珊墒梢奢砷声师收蔬刷摔栓霜谁吮说斯松搜苏酸虽孙蓑塌胎坍汤掏特藤梯天挑贴厅通偷凸湍推吞拖挖歪豌汪威瘟嗡挝"
    "巫昔瞎掀相萧楔薪星兄休墟轩靴勋压焉殃邀椰一茵英哟拥幽迂鸳曰耘匝栽咱赃遭责贼怎增扎摘瞻樟招遮珍蒸芝中舟珠抓拽专桩椎谆捉兹鬃邹租钻嘴尊昨"
)
_LEVEL_1 = (b"\xb0\xa1", b"\xd7\xf9")
_STARTS = [first.encode("gb2312") for first in _FIRST_OF_EACH_SYLLABLE]


def sound_of(character: str) -> str:
    """The first character of the same syllable; a character that is not of level 1 itself."""
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return character
    if not _LEVEL_1[0] <= code <= _LEVEL_1[1]:
        return character
    return _FIRST_OF_EACH_SYLLABLE[bisect_right(_STARTS, code) - 1]
