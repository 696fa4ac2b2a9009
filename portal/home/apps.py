from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "portal.home"

    def ready(self) -> None:
        from audit import followers
        from portal.home import waiting

        followers.follow(waiting.count_anew)
