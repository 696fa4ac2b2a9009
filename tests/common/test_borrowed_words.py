"""Texts of the libraries that our own catalogue says better."""

import pytest
from django import forms
from django.utils.translation import override
from rest_framework import serializers


class Form(forms.Form):
    name = forms.CharField(max_length=5)


class Input(serializers.Serializer):
    name = serializers.CharField(max_length=5)


@pytest.mark.parametrize(
    ("given", "on_the_page", "by_api"),
    [
        ("社\x00会", "含有控制字符（U+0000）：请删除。", "含有控制字符（U+0000）：请删除。"),
        ("社会救助名录", "最多 5 个字符，现有 6 个。", "最多 5 个字符。"),
    ],
)
def test_a_fault_reads_alike_on_page_and_api(given, on_the_page, by_api):
    with override("zh-hans"):
        form, called = Form({"name": given}), Input(data={"name": given})

        assert form.errors["name"] == [on_the_page]
        assert not called.is_valid()
        assert called.errors["name"] == [by_api]
