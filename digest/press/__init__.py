"""The press: templates (Jinja2) and words (Babel). Imported by its modules' names, so that who needs
words alone does not pay for the templates."""
