"""The mask library, installed as the package `maskify_templates`: one folder a template, its art and its geometry."""
