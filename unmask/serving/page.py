"""The web page and its API, of Gradio's components."""

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import gradio as gr

from unmask.pictures import LARGEST
from unmask.serving import words
from unmask.serving.limits import MEGABYTE, Limits
from unmask.serving.work import Unusable, Work

Answerer = Callable[[Any], tuple[Any, ...]]

SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica", "Arial", "sans-serif")
CODE_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
"""Fonts of the visitor's own machine: none is fetched."""

HERE = "text => text.replaceAll('{address}', new URL('.', location).href.slice(0, -1))"
"""JavaScript that names in a text the address that the visitor came to, also through a proxy."""

STYLE = ".toast-wrap { top: auto !important; bottom: 12px; }"
"""What Gradio itself complains of, such as a file that is too large, does not cover the title on a phone."""

COMPLETE = gr.I18n(en={"common.complete": "Done."})
"""What screen readers are told in the end; Gradio 6.31 has forgotten it."""


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
                told = gr.Markdown(words.NO_PHOTO)
                with gr.Column(visible=False) as results:
                    slider = gr.ImageSlider(label="Before and after", interactive=False, buttons=["fullscreen"])
                    download = gr.DownloadButton("Download the restored photo", variant="primary")
                    found = gr.Image(label="What was replaced", interactive=False, buttons=["fullscreen"], height=200)
        with gr.Accordion("Use it from a program", open=False):
            rest = gr.Markdown(_rest(limits, address))
        gr.Markdown(words.PRIVACY.format(minutes=limits.kept / 60))
        answered, answer = [download, slider, found, told], _answerer(work)
        # Gradio decodes nothing (preprocess): its decoders know no limits
        queued: dict[str, Any] = {"preprocess": False, "concurrency_limit": 1, "concurrency_id": "photos"}
        gr.on([], _api(answer), photo, answered, api_name="restore", **queued)
        photo.change(
            _shower(answer), [photo, told], [*answered, results, photo],
            api_visibility="private", show_progress_on=[photo, told], **queued,
        )  # fmt: skip
        page.load(None, rest, rest, js=HERE.format(address=address))
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
    return words.REST.format(curl=curl, python=python, preview=LARGEST, waiting=limits.waiting)


def _answerer(work: Work) -> Answerer:
    """What a photo, as Gradio tells of it, becomes: download, before and after, map and a sentence."""

    def answer(photo: Any) -> tuple[Any, ...]:
        if not (isinstance(photo, dict) and photo.get("path")):
            return None, None, None, words.NO_PHOTO
        try:
            answer = work.answer(photo["path"])
        except Unusable:
            raise
        except Exception:
            click.echo(f"A photo failed:\n{traceback.format_exc()}", err=True)
            raise Unusable(words.FAILED) from None
        pair = (answer.before, answer.after) if answer.before else None
        return answer.restored, pair, answer.map, answer.text

    return answer


def _api(answer: Answerer) -> Answerer:
    """For programs: what cannot be used is an error."""

    def restore(photo: Any) -> tuple[Any, ...]:
        """Takes the masks off a photo."""
        try:
            return answer(photo)
        except Unusable as unusable:
            raise gr.Error(str(unusable), print_exception=False) from None

    return restore


def _shower(answer: Answerer) -> Any:
    """For the page: why a photo cannot be used is said where its results would be, until there is another one."""

    def show(photo: Any, told: Any) -> tuple[Any, ...]:
        if not photo and str(told).startswith(words.SORRY):  # it was taken back, just below
            return None, None, None, gr.skip(), gr.Column(visible=False), gr.skip()
        try:
            answered = answer(photo)
        except Unusable as unusable:  # the browser might show it as a broken picture
            return None, None, None, f"{words.SORRY} {unusable}", gr.Column(visible=False), None
        return *answered, gr.Column(visible=answered[0] is not None), gr.skip()

    return show
