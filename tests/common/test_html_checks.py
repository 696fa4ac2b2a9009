import pytest

from tests.html_checks import fragment_problems, problems

GOOD = """<!doctype html>
<html lang="zh-Hans">
<head><meta name="viewport" content="width=device-width"><title>页 – 门户</title></head>
<body>
<nav aria-label="主导航"><a href="/">首页</a></nav>
<main id="main"><h1>页</h1><h2>节</h2>
<form><label for="q">词</label><input id="q" name="q"><button>查</button></form>
<svg role="img" aria-label="图"><rect width="1" height="1"/></svg>
<table><caption>表</caption><tr><th scope="col">列</th></tr></table>
</main>
</body></html>"""


def test_a_good_page_has_no_problems():
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("<h1>页</h1>", "<h1>页</h1><h1>页</h1>", "2 <h1> instead of one"),
        ("<h1>页</h1>", "", "0 <h1> instead of one"),
        ("<h2>节</h2>", "<h3>节</h3>", "<h3> follows an h1"),
        ('lang="zh-Hans"', "", "<html> has no lang of ours"),
        ("页 – 门户", " – 门户", "the <title> names only the portal, not the page"),
        ('<label for="q">词</label>', "", "<input id='q' name='q'> has no label"),
        ("<button>查</button>", "<button></button>", "<button> has no words"),
        ("<caption>表</caption>", "", "<table> has no caption"),
        ('<th scope="col">', "<th>", "<th> '列' has no scope"),
        ('<nav aria-label="主导航">', "<nav>", "<nav> has no label"),
        ('role="img" aria-label="图"', 'role="img"', "<svg> has a role but no label"),
        ("<h2>节</h2>", '<h2 style="color:red">节</h2>', "<h2> has inline style"),
        ("<h2>节</h2>", "<script>x()</script>", "<script> has inline script"),
        ("<h2>节</h2>", '<h2 onclick="x()">节</h2>', "<h2> has onclick"),
        ("<h2>节</h2>", '<img src="//x/y.png">', "<img> has no alt"),
        ("<h2>节</h2>", '<img alt="" src="//x/y.png">', "<img> loads from elsewhere"),
        ("<h2>节</h2>", '<a href="#x">节</a>', "<a href='#x'> leads to #x, which is not there"),
        ("<h2>节</h2>", '<p id="q"></p>', "id 'q' stands 2 times"),
        ("<h2>节</h2>", "<fieldset></fieldset>", "<fieldset> has no legend"),
        ("<h2>节</h2>", "<p><b>节</p>", "</p> closes <b>"),
        ("<h2>节</h2>", '<p class="a" class="b"></p>', "<p class='b'> has class twice"),
    ],
)
def test_each_fault_is_found(good, bad, words):
    assert good in GOOD

    found = problems(GOOD.replace(good, bad))

    assert words in found


def test_a_part_of_a_page_needs_no_frame_but_sound_names():
    assert fragment_problems('<a href="/x">词</a>') == []
    assert fragment_problems('<a href="/x"></a>') == ["<a href='/x'> has no words"]
