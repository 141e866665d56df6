"""A bad file ends in our own error, in one line that names it, and never in an exception of numpy, json or OpenCV."""

from pathlib import Path

import pytest

from hostile_files import Write, recipe_texts, walk_files
from scoliogait.errors import DataError, RecipeError
from scoliogait.io.read import read_walk
from scoliogait.training.recipe_file import load_recipe


@pytest.mark.parametrize("write", [pytest.param(write, id=name) for name, write in walk_files()])
def test_a_bad_walk_is_refused_by_name(tmp_path: Path, write: Write) -> None:
    path = write(tmp_path)
    with pytest.raises(DataError) as caught:
        read_walk(path)
    assert str(caught.value).startswith(str(tmp_path))
    assert len(str(caught.value)) < 1000 + len(str(tmp_path))


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in recipe_texts()])
def test_a_bad_recipe_is_refused_by_name(tmp_path: Path, text: str | bytes) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) < 1000 + len(str(path))
