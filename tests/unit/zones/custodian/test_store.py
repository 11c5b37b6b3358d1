import secrets
import threading
from pathlib import Path

import pytest

from countenance.crypto import derive, record
from countenance.errors import Refused, Tampered, Unavailable
from countenance.zones.custodian import rekeying
from countenance.zones.custodian.records import Gone, Place
from countenance.zones.custodian.store import Store

ROOT = bytes(range(32))


def made(directory: Path) -> Store:
    return Store.create(directory, ROOT, secrets.token_bytes)


def reopened(directory: Path) -> Store:
    return Store.open(directory, ROOT, secrets.token_bytes)


def test_what_is_put_is_there_after_opening_again(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Place("hall-1", 7), "a")
    store.close()
    again = reopened(tmp_path)
    assert again.get(Place, "a") == Place("hall-1", 7)
    assert again.get(Place, "b") is None
    assert again.get(Gone, "a") is None


def test_records_are_found_by_prefix_in_order(tmp_path: Path) -> None:
    store = made(tmp_path)
    for key in ("hall-1/7/b", "hall-1/7/a", "hall-1/70/a", "hall-10/7/a", "hall-1/8/c"):
        store.put(Gone(1), key)
    assert [key for key, _ in store.all(Gone, "hall-1/7/")] == ["hall-1/7/a", "hall-1/7/b"]
    assert store.count(Gone, "hall-1/") == 4
    assert store.count(Gone) == 5


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Gone(1), "kept")

    def fail() -> None:
        with store.together():
            store.drop(Gone, "kept")
            with store.together():
                store.put(Gone(2), "new")
            raise Refused("no")

    with pytest.raises(Refused):
        fail()
    assert [key for key, _ in store.all(Gone)] == ["kept"]
    with store.together():
        store.put(Gone(2), "new")
    assert store.count(Gone) == 2


def test_nothing_of_a_value_lies_in_clear(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Place("a-camera-nobody-may-read", 7), "key")
    store.close()
    for path in tmp_path.iterdir():
        assert b"a-camera-nobody-may-read" not in path.read_bytes()


def test_a_value_moved_to_another_key_is_found_out(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Gone(1), "a")
    store.put(Gone(2), "b")
    assert store._database is not None
    store._database.execute("UPDATE records SET value = (SELECT value FROM records WHERE key = 'a') WHERE key = 'b'")
    with pytest.raises(Tampered):
        store.get(Gone, "b")


def test_another_root_opens_nothing(tmp_path: Path) -> None:
    made(tmp_path).close()
    with pytest.raises(Tampered):
        Store.open(tmp_path, bytes(32), secrets.token_bytes)


def test_a_second_store_is_not_made_over_the_first(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Gone(1), "a")
    with pytest.raises(Refused):
        made(tmp_path)
    assert store.get(Gone, "a") == Gone(1)


def test_a_closed_store_says_that_the_custodian_is_locked(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.close()
    assert not store.is_open
    for act in (lambda: store.get(Gone, "a"), lambda: store.put(Gone(1), "a"), lambda: store.all(Gone)):
        with pytest.raises(Unavailable, match="locked"):
            act()


def test_replacing_the_key_keeps_records_and_leaves_no_old_file(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Gone(1), "kept")
    store.put(Gone(2), "dropped")
    store.drop(Gone, "dropped")
    old = {path.name for path in tmp_path.iterdir()}
    store.replace_key()
    assert store.generation == 2
    assert [key for key, _ in store.all(Gone)] == ["kept"]
    assert not old & {path.name for path in tmp_path.iterdir()}
    store.close()
    assert reopened(tmp_path).generation == 2


def test_a_copy_of_the_old_file_does_not_open_with_the_new_key(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Gone(2), "dropped")
    store.close()
    copy = (tmp_path / "store-0001.db").read_bytes()
    store = reopened(tmp_path)
    store.drop(Gone, "dropped")
    store.replace_key()
    store.close()
    (tmp_path / "store-0002.db").write_bytes(copy)
    with pytest.raises(Tampered):
        reopened(tmp_path)


def test_the_key_is_not_replaced_inside_a_transaction(tmp_path: Path) -> None:
    store = made(tmp_path)
    with store.together(), pytest.raises(Refused):
        store.replace_key()
    assert store.generation == 1


def test_records_read_before_a_replacement_can_still_be_read_after_it(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Gone(1), "a")
    found = store.all(Gone)
    store.replace_key()
    assert list(found) == [("a", Gone(1))]


def test_threads_do_not_mix_their_transactions(tmp_path: Path) -> None:
    store = made(tmp_path)

    def work(name: str) -> None:
        for number in range(20):
            with store.together():
                store.put(Gone(number), f"{name}/a")
                store.put(Gone(number), f"{name}/b")

    threads = [threading.Thread(target=work, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {value.since for _, value in store.all(Gone)} == {19}


def test_a_missing_file_is_not_taken_for_an_empty_store(tmp_path: Path) -> None:
    made(tmp_path).close()
    (tmp_path / "store-0001.db").unlink()
    with pytest.raises(Tampered):
        reopened(tmp_path)
    (tmp_path / "store-0001.key").unlink()
    with pytest.raises(Tampered):
        reopened(tmp_path)


def test_a_damaged_file_is_tampered(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Gone(1), "a")
    store.close()
    path = tmp_path / "store-0001.db"
    path.write_bytes(b"not a database" + path.read_bytes()[14:])
    with pytest.raises(Tampered):
        reopened(tmp_path).get(Gone, "a")


def test_nobody_sees_the_store_closed_while_its_key_is_being_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = made(tmp_path)
    seen: list[bool] = []
    onlooker = threading.Thread(target=lambda: seen.append(store.is_open))
    write_key = store._generations.write_key

    def while_another_looks(number: int, key: bytes) -> None:
        onlooker.start()
        write_key(number, key)

    monkeypatch.setattr(store._generations, "write_key", while_another_looks)
    store.replace_key()
    onlooker.join()
    assert seen == [True]


def values(store: Store) -> dict[str, bytes]:
    assert store._database is not None
    return {key: bytes(value) for key, value in store._database.execute("SELECT key, value FROM records")}


def test_what_lasts_is_copied_and_all_else_written_anew(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Place("hall-1", 7), "a sighting")
    store.put(Gone(1), "else")
    before = values(store)
    store.replace_key()
    after = values(store)
    assert after["a sighting"] == before["a sighting"]
    assert after["else"] != before["else"]
    store.close()
    again = reopened(tmp_path)
    assert (again.get(Place, "a sighting"), again.get(Gone, "else")) == (Place("hall-1", 7), Gone(1))


def test_whoever_kept_the_old_file_and_has_the_root_reads_only_what_lasts(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Place("hall-1", 7), "a sighting")
    store.put(Gone(1), "else")
    kept = values(store)
    store.drop(Gone, "else")
    store.drop(Place, "a sighting")
    store.replace_key()
    assert values(store) == {}
    last = derive.subkey(ROOT, "store lasting")
    assert record.decrypt(last, kept["a sighting"], b"Place\0a sighting")
    for key in (last, store._keys.own.key, ROOT):
        with pytest.raises(Tampered):
            record.decrypt(key, kept["else"], b"Gone\0else")


def test_a_dropped_lasting_record_is_overwritten_in_the_file(tmp_path: Path) -> None:
    store = made(tmp_path)
    for number in range(50):
        store.put(Place("hall-1", number), f"sighting {number}")
    value = values(store)["sighting 7"]
    store.drop(Place, "sighting 7")
    store.replace_key()
    store.close()
    assert all(value not in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("kind", [Place, Gone])
def test_an_older_record_put_back_into_an_open_store_is_found(tmp_path: Path, kind: type) -> None:
    store = made(tmp_path)
    store.put(kind(*(("hall-1", 1) if kind is Place else (1,))), "one")
    old = values(store)["one"]
    store.put(kind(*(("hall-1", 2) if kind is Place else (2,))), "one")
    assert store._database is not None
    store._database.execute("UPDATE records SET value = ?", (old,))
    if kind is Gone:
        with pytest.raises(Tampered):
            store.replace_key()
    else:
        # What lasts is held against the sum when the store is opened.
        store.replace_key()
    store.close()
    with pytest.raises(Tampered):
        reopened(tmp_path)


def test_a_store_of_the_older_form_opens_and_is_split_with_its_next_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(rekeying, "LASTING", frozenset())
        store = made(tmp_path)
        store.put(Place("hall-1", 7), "a sighting")
        store.put(Gone(1), "else")
        assert store._database is not None
        store._database.execute("PRAGMA user_version = 0")
        store.close()
    again = reopened(tmp_path)
    again.put(Place("hall-1", 8), "another")
    for _ in range(2):
        again.replace_key()
        assert (again.get(Place, "a sighting"), again.get(Place, "another")) == (Place("hall-1", 7), Place("hall-1", 8))
        assert again.get(Gone, "else") == Gone(1)
    assert record.decrypt(derive.subkey(ROOT, "store lasting"), values(again)["another"], b"Place\0another")
    again.close()
    reopened(tmp_path).close()


def test_a_kind_that_is_no_text_is_found_out_and_does_not_keep_the_store_busy(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.put(Gone(1), "a")
    assert store._database is not None
    store._database.execute("INSERT INTO records VALUES (x'7a', 'a', x'00')")
    with pytest.raises(Tampered):
        store.replace_key()
