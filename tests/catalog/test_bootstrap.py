from pathlib import Path
from threading import Thread

from catalog import bootstrap, settings
from catalog.query import parse
from catalog.services.machines import named


def test_first_opening_publishes_the_bundled_catalog(own_data_dir: Path) -> None:
    cardex = bootstrap.open_cardex(settings.load())
    assert cardex.settings.data_dir == own_data_dir
    assert cardex.catalog.status().models > 0


def test_pages_and_routes_of_a_process_share_one_catalog() -> None:
    given = settings.load()
    opened = []
    threads = [Thread(target=lambda: opened.append(bootstrap.shared_cardex(given))) for _ in "1234"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    assert all(cardex is opened[0] for cardex in opened)


def test_another_data_folder_is_another_catalog(tmp_path: Path) -> None:
    first = bootstrap.shared_cardex(settings.load({"CARDEX_DATA_DIR": str(tmp_path / "a")}))
    second = bootstrap.shared_cardex(settings.load({"CARDEX_DATA_DIR": str(tmp_path / "b")}))
    assert first is not second
    assert (tmp_path / "b").is_dir()


def test_a_query_knows_the_machines_of_the_team(own_data_dir: Path) -> None:
    cardex = bootstrap.open_cardex(settings.load())

    def found(machine: str) -> tuple[int, int]:
        answer = cardex.catalog.search(parse(f"fits:{machine}@8k"), page_size=1, facets=())
        return answer.total, len(answer.warnings)

    assert found("lab") == (0, 1)
    cardex.machines.save(named("Lab", "2x-rtx-4090"))
    assert found("lab") == found("2x-rtx-4090")
    cardex.machines.remove("lab")
    cardex.machines.save(named("Lab", "gtx-1050-ti"))
    assert found("lab") == found("gtx-1050-ti")
    assert 0 < found("gtx-1050-ti")[0] < found("2x-rtx-4090")[0]
