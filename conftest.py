def pytest_addoption(parser):
    parser.addoption(
        "--show-table",
        action="store_true",
        help="print the table of permissions as it is (tests/test_permission_table_*.py)",
    )
    parser.addoption(
        "--paths",
        default="",
        help="of the table of permissions ask the paths alone that match this regular expression",
    )
