"""Which words of European authority tables stand for ours (DCAT-AP 3, controlled vocabularies)."""

from rdflib import URIRef

from catalog.models import Resource, SharingAttribute, UpdateFrequency

AUTHORITY = "http://publications.europa.eu/resource/authority/"

FREQUENCIES = {
    UpdateFrequency.REAL_TIME: "UPDATE_CONT",
    UpdateFrequency.DAILY: "DAILY",
    UpdateFrequency.WEEKLY: "WEEKLY",
    UpdateFrequency.MONTHLY: "MONTHLY",
    UpdateFrequency.QUARTERLY: "QUARTERLY",
    UpdateFrequency.HALF_YEARLY: "ANNUAL_2",
    UpdateFrequency.YEARLY: "ANNUAL",
    UpdateFrequency.IRREGULAR: "IRREG",
}
# Themes by tags that say the same; the classification itself stays a scheme of our own.
THEMES = {
    "AGRI": ("农业", "林业", "渔业", "畜牧", "食品", "粮食", "农村", "水产"),
    "ECON": ("经济", "金融", "财政", "税务", "宏观经济", "价格", "企业", "工商", "统计"),
    "EDUC": ("教育", "学校", "文化", "体育", "高校", "学籍", "图书馆"),
    "ENER": ("能源", "电力", "燃气", "煤炭", "石油"),
    "ENVI": ("环境", "生态", "环保", "气象", "水利", "水文", "空气质量"),
    "GOVE": (
        "政务",
        "公共服务",
        "行政许可",
        "行政处罚",
        "机构",
        "证照",
        "信用",
        "区划",
        "行政区划",
    ),
    "HEAL": ("卫生", "健康", "医疗", "卫生健康", "医保", "药品", "疾控"),
    "INTR": ("外事", "国际"),
    "JUST": ("司法", "公安", "安全", "公共安全", "法律", "应急", "安全生产"),
    "REGI": ("城乡建设", "住房", "规划", "地区", "地理", "自然资源", "不动产", "国土"),
    "SOCI": ("人口", "社会保障", "社保", "民政", "就业", "婚姻", "养老", "户籍", "社会救助"),
    "TECH": ("科技", "科学技术", "知识产权", "信息化"),
    "TRAN": ("交通", "运输", "公路", "铁路", "港口", "航空", "公交", "道路"),
}
THEME_OF_TAG = {tag: theme for theme, tags in THEMES.items() for tag in tags}
# Their names there, for a graph that says of each theme what it is called.
THEME_NAMES = {
    "AGRI": "Agriculture, fisheries, forestry and food",
    "ECON": "Economy and finance",
    "EDUC": "Education, culture and sport",
    "ENER": "Energy",
    "ENVI": "Environment",
    "GOVE": "Government and public sector",
    "HEAL": "Health",
    "INTR": "International issues",
    "JUST": "Justice, legal system and public safety",
    "REGI": "Regions and cities",
    "SOCI": "Population and society",
    "TECH": "Science and technology",
    "TRAN": "Transport",
}


def authority(table: str, word: str) -> URIRef:
    return URIRef(f"{AUTHORITY}{table}/{word}")


def themes_of(resource: Resource) -> list[str]:
    """The European themes that the entry's tags name, in the order of the table."""
    named = {THEME_OF_TAG[tag] for tag in resource.tags if tag in THEME_OF_TAG}
    return [theme for theme in THEMES if theme in named]


def access_right_of(resource: Resource) -> str:
    """PUBLIC, RESTRICTED or NON_PUBLIC.

    An open entry is open to society (compiling guide, core metadata 10); unconditional and
    conditional data go to government departments alone, data that are not shared to nobody.
    """
    if resource.sharing_attribute == SharingAttribute.NOT_SHARED:
        return "NON_PUBLIC"
    return "PUBLIC" if resource.is_open else "RESTRICTED"
