"""Our own words for made-up stories, in the languages readers meet. Nothing here is taken from a feed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_FRENCH = """
Nous avons mis à jour la bibliothèque pendant le week-end, et tout le monde a pu suivre les étapes en direct.
La réunion mensuelle aura lieu jeudi soir ; l'entrée est libre, et l'on peut venir avec ses questions.
Ce guide explique comment écrire un test qui échoue d'abord, puis le code qui le fait passer.
Après trois ans de service, l'ancien serveur laisse sa place à une machine plus petite et plus sobre.
Un bogue rare faisait perdre la dernière ligne des fichiers sans retour final : il est corrigé.
L'équipe cherche deux relecteurs pour la documentation, débutants bienvenus.
Les annotations de type ont révélé une dizaine d'erreurs que personne n'avait remarquées.
Le compte rendu de l'assemblée générale est en ligne, avec les budgets et les projets de l'année.
On y compare quatre façons de lire un fichier trop grand pour la mémoire.
Merci à toutes les personnes qui ont signalé des liens cassés sur le site.
"""

_ENGLISH = """
We moved the build to a smaller machine last week, and nobody noticed, which is the best result we know.
The new release reads its settings from one file and says which line is wrong.
This post walks through a slow query, what the planner told us, and the index that made it fast.
Meetings are on the first Tuesday; newcomers can ask for a mentor at the door.
A rare fault dropped the last line of files that had no final newline: it is mended.
The talk was recorded, and its slides can be read without a script.
Half of the work was deleting code that had waited for its removal since spring.
If you depend on the old names, they go on working for another year.
We asked forty maintainers how they answer bug reports, and wrote down what they do first.
The parser is now small enough to read in one evening, and its tests are longer than it is.
"""

_ARABIC = """
نشرنا هذا الأسبوع إصدارا جديدا من المكتبة، وهو أسرع من سابقه وأسهل في الاستعمال.
يشرح هذا المقال كيف تقرأ ملفا كبيرا سطرا بعد سطر دون أن تمتلئ الذاكرة.
يعقد اللقاء الشهري مساء الخميس، والدخول مجاني لكل من يرغب في التعلم.
أصلحنا خطأ قديما كان يحذف السطر الأخير من بعض الملفات.
شكرا لكل من أرسل لنا ملاحظاته حول الصفحات الجديدة.
"""

_JAPANESE = """
先週末に新しい版を公開しました。設定は一つのファイルにまとまり、間違いのある行を教えてくれます。
この記事では、大きなファイルを一行ずつ読み、メモリを使い切らない方法を説明します。
月例会は木曜日の夜に開きます。参加は無料で、初めての方も歓迎します。
長い間残っていた不具合を直しました。最後の行が消えることはもうありません。
資料と録画はこのページから見ることができます。
"""

_HEBREW = """
השבוע פרסמנו גרסה חדשה של הספרייה, מהירה וקלה יותר לשימוש מקודמתה.
המאמר מסביר כיצד לקרוא קובץ גדול שורה אחר שורה בלי למלא את הזיכרון.
המפגש החודשי יתקיים ביום חמישי בערב, והכניסה חופשית לכולם.
"""

SENTENCES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    language: tuple(text.strip().splitlines())
    for language, text in {
        "fr": _FRENCH, "en": _ENGLISH, "ar": _ARABIC, "ja": _JAPANESE, "he": _HEBREW
    }.items()
})  # fmt: skip


def sentences(language: str, first: int, n: int) -> str:
    """`n` sentences, from the `first` on and round again."""
    known = SENTENCES[language]
    return " ".join(known[(first + at) % len(known)] for at in range(n))
