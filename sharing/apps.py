from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "sharing"

    def ready(self) -> None:
        from catalog import followers
        from catalog.api.ckan.actions import offer
        from catalog.services import credential_rotation
        from sharing.api.datastore import datastore_search
        from sharing.services import following, push_targets

        offer(datastore_search)
        credential_rotation.also(push_targets.holders_of_secrets)
        followers.follow(following.TASK)
        followers.follow_indexes(following.ORDERS_TASK)
