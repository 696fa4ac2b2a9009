"""Loads the demonstration province, stage by stage; what a killed loader left undone is done next time."""

from django.db import transaction

from catalog.services import item_synonyms, standard_files, synonyms
from portal.demo import (
    application_story,
    capture_story,
    catalogue,
    catalogue_work,
    deadlines,
    demand_story,
    file_story,
    harvest_story,
    interface_story,
    one_source,
    people,
    push_story,
    sources,
    standards_story,
    story,
    sync_story,
    trail_story,
    update_duties,
    usage_story,
    watching_story,
    webhook_story,
)


def is_loaded() -> bool:
    stages = (
        people,
        standard_files,
        standards_story,
        catalogue,
        catalogue_work,
        one_source,
        update_duties,
        sources,
        sync_story,
        capture_story,
        harvest_story,
        story,
        application_story,
        file_story,
        interface_story,
        demand_story,
        deadlines,
        usage_story,
        watching_story,
        trail_story,
        push_story,
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
    if not standards_story.is_loaded():
        standards_story.load(cast)
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
    if not sync_story.is_loaded():
        sync_story.load(cast)
    if not capture_story.is_loaded():
        capture_story.load(cast)
    if not harvest_story.is_loaded():
        harvest_story.load(cast)
    if not story.is_loaded():
        _play_requests(cast)
    if not application_story.is_loaded():
        application_story.load(cast)
    if not file_story.is_loaded():
        file_story.load(cast)
    if not interface_story.is_loaded():
        interface_story.load(cast)
    if not demand_story.is_loaded():
        demand_story.load(cast)
    story.note_the_late()
    if not deadlines.is_loaded():
        deadlines.load(cast)
        story.note_the_late()
    if not usage_story.is_loaded():
        usage_story.load()
    if not watching_story.is_loaded():
        watching_story.load(cast)
    if not trail_story.is_loaded():
        trail_story.load(cast)
    if not push_story.is_loaded():
        push_story.load(cast)


def _play_requests(cast: people.Cast) -> None:
    """Requests and agreements, with systems that listen and are told once it is committed."""
    with webhook_story.receiver() as address:
        with transaction.atomic():
            webhook_story.listen(cast, address)
            story.load(cast)
        webhook_story.deliver(cast)
