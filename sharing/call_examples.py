"""The exact call of an agreement in the languages that people paste from."""

import json
import re
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import CallMethod, InterfaceCall, SharingMode
from catalog.selectors.interfaces import open_interface_of
from portal.common.text import Text
from sharing.models import Agreement


@dataclass(frozen=True, slots=True)
class Example:
    id: str
    label: Text
    code: str


CURL = """\
TOKEN=$(curl -s -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials \\
  {host}{token} | python3 -c 'import json,sys; print(json.load(sys.stdin)["access_token"])')
{call}"""

CURL_ROWS = """\
curl -s -H "Authorization: Bearer $TOKEN" "{host}{path}?limit=100"
curl -f -s -H "Authorization: Bearer $TOKEN" -o {number}.csv "{host}{export}\""""

CURL_VERIFY = """\
curl -s -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{{"entries": ["{key}"]}}' "{host}{path}\""""

CURL_INTERFACE = """\
curl -s -H "Authorization: Bearer $TOKEN" "{address}\""""

CURL_INTERFACE_POST = """\
curl -s -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{body}' "{address}\""""

PYTHON = """\
import base64, json, os
from urllib.parse import urlencode
from urllib.request import Request, urlopen

client = f"{{os.environ['CLIENT_ID']}}:{{os.environ['CLIENT_SECRET']}}".encode()
asked = Request(
    "{host}{token}",
    data=b"grant_type=client_credentials",
    headers={{"Authorization": "Basic " + base64.b64encode(client).decode()}},
)
token = json.load(urlopen(asked))["access_token"]
headers = {{"Authorization": "Bearer " + token, "Content-Type": "application/json"}}
{call}"""

PYTHON_ROWS = """\
after = None
while True:
    query = {{"limit": 1000}} | ({{"after": after}} if after else {{}})
    page = json.load(urlopen(Request("{host}{path}?" + urlencode(query), headers=headers)))
    for row in page["rows"]:
        print(row)
    after = page["next"]
    if after is None:
        break"""

PYTHON_VERIFY = """\
entries = json.dumps({{"entries": ["{key}"]}}).encode()
answer = json.load(urlopen(Request("{host}{path}", data=entries, headers=headers)))
print(answer["results"])"""

JAVA = """\
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;

public class Pull {{
  public static void main(String[] arguments) throws Exception {{
    String client = System.getenv("CLIENT_ID") + ":" + System.getenv("CLIENT_SECRET");
    HttpClient http = HttpClient.newHttpClient();
    String told = http.send(HttpRequest.newBuilder(URI.create("{host}{token}"))
        .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(client.getBytes()))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString("grant_type=client_credentials")).build(),
        BodyHandlers.ofString()).body();
    String token = told.replaceAll(".*\\"access_token\\": *\\"([^\\"]+)\\".*", "$1");
    HttpRequest asked = HttpRequest.newBuilder(URI.create("{host}{path}{query}"))
        .header("Authorization", "Bearer " + token)
        .header("Content-Type", "application/json")
        {method}.build();
    System.out.println(http.send(asked, BodyHandlers.ofString()).body());
  }}
}}"""


def examples(agreement: Agreement, *, host: str) -> list[Example]:
    """In curl, Python and Java, with nothing but what comes with each; secrets from the environment.

    Under an agreement for verification alone the call checks a key, else it draws pages.
    """
    verifies = agreement.verification_only
    name = "api:agreement-verify" if verifies else "api:agreement-rows"
    key = "KEY"
    known = {
        "host": host,
        "token": reverse("token"),
        "path": reverse(name, args=[agreement.number]),
        "export": reverse("api:agreement-export-csv", args=[agreement.number]),
        "number": agreement.number,
        "key": key,
        "query": "" if verifies else "?limit=100",
        "method": (
            f'.POST(BodyPublishers.ofString("{{\\"entries\\": [\\"{key}\\"]}}"))'
            if verifies
            else ".GET()"
        ),
    }
    calls = {
        "curl": (CURL, CURL_VERIFY if verifies else CURL_ROWS),
        "python": (PYTHON, PYTHON_VERIFY if verifies else PYTHON_ROWS),
    }
    code = {
        id: frame.format(**known, call=call.format(**known)) for id, (frame, call) in calls.items()
    }
    code["java"] = JAVA.format(**known)
    labels = {"curl": _("curl example"), "python": _("Python example"), "java": _("Java example")}
    return [Example(id, label, code[id]) for id, label in labels.items()]


def interface_example(agreement: Agreement, *, host: str) -> Example | None:
    """The calls of the provider's interface that the agreement may make; in capitals what is filled in."""
    if agreement.sharing_mode != SharingMode.INTERFACE:
        return None
    interface = open_interface_of(agreement.resource_id)
    if interface is None:
        return None
    calls = [_interface_call(agreement, call, host) for call in interface.calls.all()]
    code = CURL.format(host=host, token=reverse("token"), call="\n".join(calls))
    return Example("interface", _("Calls of the provider's interface"), code)


def _interface_call(agreement: Agreement, call: InterfaceCall, host: str) -> str:
    path = re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), call.path)
    address = host + reverse("api:agreement-interface", args=[agreement.number, path])
    if call.method == CallMethod.POST:
        body = json.dumps({name: name.upper() for name in call.parameters})
        return CURL_INTERFACE_POST.format(address=address, body=body)
    query = "&".join(f"{name}={name.upper()}" for name in call.parameters)
    return CURL_INTERFACE.format(address=address + (f"?{query}" if query else ""))
