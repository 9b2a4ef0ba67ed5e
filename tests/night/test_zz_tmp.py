import tests.night.test_killed as t
def test_show(outcome):
    for h in outcome.range.hits: print(h)
    print(outcome.accounts)
    print({s.name: round(v,3) for s,v in outcome.last.seen.items()})
from tests.night.test_killed import outcome
