"""The web page and its API, of Gradio's components."""

import html
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import gradio as gr

from unmask.serving import words
from unmask.serving.limits import MEGABYTE, Limits
from unmask.serving.work import PREVIEW, Unusable, Work

SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica", "Arial", "sans-serif")
CODE_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
"""Fonts of the visitor's own machine: none is fetched."""


def theme() -> gr.themes.Base:
    """The look of the page, light and dark."""
    return gr.themes.Soft(primary_hue="indigo", neutral_hue="slate", font=SYSTEM_FONTS, font_mono=CODE_FONTS)


def make_page(work: Work, limits: Limits, examples: Sequence[Path], address: str) -> gr.Blocks:
    """The page.

    Args:
      work: restores what is uploaded.
      limits: how much of it.
      examples: photos to try it with.
      address: where the page is on this machine; its description names the one that a visitor came to.
    """
    with gr.Blocks(title=words.TITLE, analytics_enabled=False) as page:
        gr.Markdown(words.INTRODUCTION)
        with gr.Row(equal_height=False):
            with gr.Column():
                photo = _photo(limits)
                if examples:
                    gr.set_static_paths(examples)  # they are served where they are, and stay
                    gr.Examples([str(path) for path in examples], photo, label="Or try one", api_visibility="private")
            with gr.Column():
                summary = gr.Markdown(words.NO_PHOTO)
                with gr.Column(visible=False) as results:
                    slider = gr.ImageSlider(label="Before and after", interactive=False, buttons=["fullscreen"])
                    download = gr.DownloadButton("Download the restored photo", variant="primary")
                    found = gr.Image(label="What was replaced", interactive=False, buttons=["fullscreen"], height=200)
        with gr.Accordion("Use it from a program", open=False):
            rest = gr.Markdown(_rest(limits, address))
        gr.Markdown(words.PRIVACY.format(minutes=limits.kept / 60))
        answered = photo.change(
            _answerer(work), photo, [download, slider, found, summary],
            api_name="restore", preprocess=False, concurrency_limit=1, show_progress_on=[photo, summary],
        )  # fmt: skip
        aside: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
        answered.success(_results, download, results, preprocess=False, **aside)
        answered.failure(_nothing, None, photo, **aside)
        page.load(_describer(limits), None, rest, **aside)
    page.queue(max_size=limits.waiting, api_open=False)
    return page


def _photo(limits: Limits) -> gr.Image:
    return gr.Image(
        label="Photo",
        sources=["upload", "clipboard", "webcam"],
        placeholder=words.PLACEHOLDER.format(megabytes=limits.upload / MEGABYTE),
        buttons=["fullscreen"],
    )


def _rest(limits: Limits, address: str) -> str:
    curl, python = words.curl_example(address), words.python_example(address)
    return words.REST.format(curl=curl, python=python, preview=PREVIEW, waiting=limits.waiting)


def _describer(limits: Limits) -> Any:
    def describe(request: gr.Request) -> str:
        return _rest(limits, str(request.request.base_url).rstrip("/"))

    return describe


def _answerer(work: Work) -> Any:
    """What the page calls. Gradio decodes nothing for it (`preprocess=False`): its decoders know no limits."""

    def restore(photo: dict[str, Any] | None) -> tuple[Any, ...]:
        """Takes the masks off a photo."""
        if not photo or not photo.get("path"):
            return None, None, None, words.NO_PHOTO
        try:
            answer = work.answer(photo["path"])
        except Unusable as unusable:
            raise _error(str(unusable)) from None
        except Exception:
            click.echo(f"A photo failed:\n{traceback.format_exc()}", err=True)
            raise _error(words.FAILED) from None
        pair = (answer.before, answer.after) if answer.before else None
        return answer.restored, pair, answer.map, answer.text

    return restore


def _results(restored: Any) -> gr.Column:
    return gr.Column(visible=restored is not None)


def _nothing() -> None:
    """Takes back a photo that cannot be used, which the browser might show as a broken picture."""


def _error(text: str) -> gr.Error:
    return gr.Error(html.escape(text), title="That did not work", print_exception=False)
