"""What is wrong between the portal and a server of files or rows: another part of `words`."""

from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

FAILURES: dict[str, tuple[Text, Text]] = {
    "no_ckan": (
        _("The address does not answer %(action)s as CKAN does."),
        _("Check the address: it is that of the portal itself, before /api/."),
    ),
    "harvest_too_many": (
        _("The catalogue has more than %(most)s datasets."),
        _("Choose a narrower address, or ask the operators of the portal for a higher limit."),
    ),
    "harvest_endless": (
        _("Page %(page)s names a next one, and holds nothing that earlier pages did not hold."),
        _("The paging of the other portal does not end: tell its operators."),
    ),
    "harvest_loop": (
        _("Page %(page)s names an earlier one as its next."),
        _("The paging of the other portal goes round in a circle: tell its operators."),
    ),
    "harvest_paging": (
        _("A page names several next ones."),
        _("Tell the operators of the other portal: one page has one next (hydra:next)."),
    ),
    "harvest_strays": (
        _("The next page lies on another server, %(host)s."),
        _("Register the catalogue at that server as a source of its own, if it is one."),
    ),
    "harvest_too_slow": (
        _("The walk took too long; %(count)s datasets had come."),
        _("Try again at another time, or ask the operators of the portal for a longer limit."),
    ),
    "harvest_count": (
        _("The portal says that it has %(announced)s datasets, but gave %(count)s."),
        _("Datasets changed during the walk, or the paging leaves some out: try again, then ask."),
    ),
    "harvest_empty": (
        _("The catalogue is empty; at the last harvest it had %(before)s datasets."),
        _("Look at the portal. If it is so, withdraw the entries that rest on it."),
    ),
    "harvest_refused": (
        _("The drafts could not be written: %(why)s"),
        _("Mend what it says and start again."),
    ),
    "rdf_broken": (
        _("A page is no sound RDF (%(form)s)."),
        _("Check the address; tell the operators of the other portal if it is right."),
    ),
    "rdf_far_context": (
        _("A JSON-LD page names a context at another address, which is not fetched."),
        _("Take the catalogue's address of Turtle or RDF/XML, or ask for contexts in the page."),
    ),
    "rdf_declares": (
        _("An XML page declares a document type or entities, which are not unfolded."),
        _("Take the catalogue's address of Turtle or JSON-LD."),
    ),
    "no_rows_there": (
        _("The source describes datasets and has no rows."),
        _("Register the file, interface or database that holds them as a source."),
    ),
    "address_wrong": (
        _("The address is no web address, or the server redirected to one that is none."),
        _("Check the address: it begins with https:// or http:// and holds no password."),
    ),
    "redirect_open": (
        _("The server redirects from https to http, to “%(host)s”."),
        _("Enter the address that is meant; the portal does not leave the encrypted way."),
    ),
    "redirects": (
        _("The server redirected more than %(most)s times."),
        _("Enter the address at which the file itself is."),
    ),
    "tls_failed": (
        _("The certificate of %(host)s, port %(port)s is not valid for it, or not trusted."),
        _("Have the server's certificate renewed, or its authority trusted by the installation."),
    ),
    "http_refused": (
        _("%(host)s refuses the portal (HTTP %(status)s)."),
        _("Check the sign-in of the source and enter the secret again."),
    ),
    "http_busy": (
        _("%(host)s cannot answer just now (HTTP %(status)s)."),
        _("Try again later; if it stays so, tell the administrator of the server."),
    ),
    "http_status": (
        _("%(host)s answered with HTTP %(status)s instead of the file."),
        _("Open the address in a browser and look what it says."),
    ),
    "answer_cut": (
        _("The answer of %(host)s, port %(port)s broke off before its end."),
        _("Try again; if it happens again, look at the network and the log of the server."),
    ),
    "fetch_too_slow": (
        _("%(host)s, port %(port)s sends so slowly that the portal gave up."),
        _("Choose a quieter time, or let the network be looked at."),
    ),
    "file_forbidden": (
        _("The user of the source may not read “%(file)s”."),
        _("Ask the administrator of the server for the right to read it."),
    ),
    "host_key_unknown": (
        _("The server shows the host key %(key)s, which nobody has accepted yet."),
        _(
            "Compare it with what its administrator says; if it is the same, enter it in the source."
        ),
    ),
    "host_key_changed": (
        _("The server shows another host key than the accepted one: %(key)s."),
        _("Ask its administrator. Unless the key was renewed, somebody else answers in its place."),
    ),
    "private_key_unreadable": (
        _("The private key cannot be read, or has a password of its own."),
        _("Enter a key in PEM or OpenSSH form that has no password."),
    ),
    "s3_answer": (
        _("What answered is no storage that speaks the S3 protocol."),
        _("Check the address of the storage, and the bucket."),
    ),
    "page_no_json": (
        _("Page %(page)s of the interface is no JSON."),
        _("Open the address with a tool for interfaces and look at what comes."),
    ),
    "page_without_rows": (
        _("Page %(page)s of the interface has no list at “%(path)s”."),
        _("Check the path to the rows."),
    ),
    "paging_repeats": (
        _("Page %(page)s of the interface is the one before once more."),
        _("Check the paging of the source: the interface does not heed the parameter."),
    ),
    "count_wrong": (
        _("The interface says that it has %(announced)s rows, but gave %(count)s."),
        _("Rows changed while they were read, or the paging leaves some out: try again, then ask."),
    ),
    "too_many_rows": (
        _("The interface gave more than %(most)s rows."),
        _("Check the paging, or ask the operators of the portal for a higher limit."),
    ),
    "no_room": (
        _("The portal could not keep the file: %(error)s."),
        _("Tell the operators of the portal."),
    ),
}
