"""Sets an issue once (`galley`), cuts it many times (`cut`), and joins messages (`message`).

`paper_of` → `set_galley` → `index_galley` → `cut` → `plate` → `Plate.message`. Imported by its modules'
names: who only joins messages does not pay for templates and style sheets.
"""
