"""What is wrong with a file of rows, and what to do: the part of `words` that is about files.

Rows are counted from the first one below the header.
"""

from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

FAILURES: dict[str, tuple[Text, Text]] = {
    "file_empty": (
        _("The file holds nothing."),
        _("See that it was written to its end, and that the header row is the right one."),
    ),
    "file_damaged": (
        _("The file is damaged, or not what it says it is."),
        _("Write it again at the source and look whether it opens there."),
    ),
    "file_truncated": (
        _("The file ends in the middle: what follows is missing."),
        _("See that it is sent only when it has been written to its end."),
    ),
    "file_too_large": (
        _("The file is larger than %(most)s bytes."),
        _("Divide it, or ask the operators of the portal for a higher limit."),
    ),
    "look_ended": (
        _("To look into the file, more than %(most)s bytes of it would have to be fetched."),
        _("Let the server answer requests for ranges, or give the file as CSV."),
    ),
    "file_bursts": (
        _("Unpacked, the file would be far larger than it may be."),
        _("Send it unpacked, or divide it."),
    ),
    "file_protected": (
        _("The file is protected by a password."),
        _("Save it without one; the way to the portal is encrypted."),
    ),
    "file_missing": (
        _("There is no file “%(file)s” at the source."),
        _("Check its name and folder; if the file comes later in the day, run later."),
    ),
    "no_file": (
        _("No file has been uploaded to this source yet."),
        _("Upload one on the page of the source."),
    ),
    "markup_instead": (
        _("A web page or XML came where a file with rows was expected."),
        _("Open the address in a browser: often it is a sign-in page or a notice of an error."),
    ),
    "old_workbook": (
        _("This is a workbook of the old kind (.xls), or one protected by a password."),
        _("Save it as an Excel workbook (.xlsx), without a password."),
    ),
    "utf16_instead": (
        _("The file is written in UTF-16."),
        _("Save it as UTF-8 or GB18030."),
    ),
    "other_format": (
        _("The file is declared as %(declared)s, but it is %(found)s."),
        _("Correct the format of the source, or the file."),
    ),
    "header_empty": (
        _("Column %(place)s of the header row has no name."),
        _("Name every column, or check which row is the header."),
    ),
    "header_repeated": (
        _("These names occur twice in the header row: %(columns)s."),
        _("Give each column a name of its own."),
    ),
    "field_count": (
        _("Row %(row)s has %(found)s fields instead of %(expected)s."),
        _("Quote values that hold the delimiter; check the delimiter of the source."),
    ),
    "quote_open": (
        _("A quote (%(quote)s) is opened and never closed."),
        _("Double the quotes inside of values, or say that the file uses none."),
    ),
    "row_too_large": (
        _("A row or field is larger than %(most)s bytes."),
        _("Look for a quote that is not closed; else ask the operators for a higher limit."),
    ),
    "bad_bytes": (
        _("Row %(row)s holds bytes that are no text in %(encoding)s."),
        _("Declare the encoding that the file really has, or write it in this one."),
    ),
    "nul_character": (
        _("Row %(row)s holds a NUL character, which no text may hold."),
        _("Remove it at the source; often a binary file was sent for text."),
    ),
    "half_character": (
        _("Row %(row)s holds half of a character (a lone surrogate)."),
        _("Text was cut in the middle of a character: repair it at the source."),
    ),
    "json_wrong": (
        _("Row %(row)s is no well-formed JSON."),
        _("Check the file with a JSON tool; every value must be valid JSON."),
    ),
    "row_no_object": (
        _("Row %(row)s is no JSON object."),
        _("Each row must be an object with its columns as members."),
    ),
    "nested_value": (
        _("Row %(row)s: “%(column)s” holds a list or structure instead of one value."),
        _("Let the source give single values; members of objects are columns with a dotted name."),
    ),
    "path_missing": (
        _("The JSON document has no array at “%(path)s”."),
        _("Check the path to the rows."),
    ),
    "sheet_missing": (
        _("The workbook has no sheet “%(sheet)s”."),
        _("If it was renamed, choose the new one in the sync job."),
    ),
    "merged_cells": (
        _("The cells %(cells)s of the sheet are merged."),
        _("Unmerge them and fill in each one."),
    ),
    "formula_unstored": (
        _("The formula in cell %(cell)s has no stored value."),
        _("Open the workbook in Excel, let it calculate, and save it."),
    ),
    "error_cell": (
        _("Row %(row)s: “%(item)s” shows the error %(value)s."),
        _("Correct the formula or put in the value."),
    ),
    "digits_lost": (
        _("Row %(row)s: “%(item)s” is a number of more than 15 digits, of which Excel keeps 15."),
        _("Format the column as text before the numbers are typed in; these are damaged."),
    ),
    "too_many_texts": (
        _("The workbook holds more text than %(most)s bytes beside its sheets."),
        _("Divide it, or send the rows as CSV."),
    ),
}
