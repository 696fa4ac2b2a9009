def pytest_addoption(parser):
    parser.addoption(
        "--show-table",
        action="store_true",
        help="print the table of permissions as it is (tests/test_permission_table.py)",
    )
