"""Loads the demonstration province, stage by stage; what a killed loader left undone is done next time."""

from catalog.services import item_synonyms, standard_files, synonyms
from portal.demo import (
    catalogue,
    catalogue_work,
    deadlines,
    one_source,
    people,
    sources,
    story,
    update_duties,
)


def is_loaded() -> bool:
    stages = (
        people,
        standard_files,
        catalogue,
        catalogue_work,
        one_source,
        update_duties,
        sources,
        story,
        deadlines,
    )
    return all(stage.is_loaded() for stage in stages)


def load() -> None:
    """Bring the province to its end. Each stage is atomic, or goes on where it stopped."""
    if not people.is_loaded():
        people.load()
    cast = people.cast()
    standard_files.load_standards()
    synonyms.take_over_shipped(by=None)
    item_synonyms.load_shipped()
    if not catalogue.is_loaded():
        catalogue.load(cast)
    if not catalogue_work.is_loaded():
        catalogue_work.load(cast)
    if not one_source.is_loaded():
        one_source.load(cast)
    if not update_duties.is_loaded():
        update_duties.load(cast)
    if not sources.is_loaded():
        sources.load(cast)
    if not story.is_loaded():
        story.load(cast)
    story.note_the_late()
    if not deadlines.is_loaded():
        deadlines.load(cast)
        story.note_the_late()
