"""The parser of conditions is made once a process, whoever asks first."""

from concurrent.futures import ThreadPoolExecutor

from journey_engine.language import grammar


def test_threads_that_read_their_first_condition_at_once_make_one_parser():
    grammar._parser.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        read = list(threads.map(grammar.parse_condition, [f"tier = '{place}'" for place in range(8)]))
    assert len(set(read)) == 8
    assert grammar._parser.cache_info().misses == 1
