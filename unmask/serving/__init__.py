"""`unmask serve`: the networks behind a web page, on Gradio."""
