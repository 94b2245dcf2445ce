"""What a browser does with our pages, by expressions, as published load tests do."""
import re
from urllib.parse import parse_qsl, urlsplit


def answer(browser, origin, page, fields):
    """Posts a page's answer and goes on; returns what comes next."""
    csrf = re.search(r'"csrf":"(.*?)"', page.text).group(1)
    trans = re.search(r'"transId":"(.*?)"', page.text).group(1)
    base = origin + re.search(r'"tenant":"(.*?)"', page.text).group(1)
    api = re.search(r'"api":"(.*?)"', page.text).group(1)
    posted = browser.post(
        f"{base}/SelfAsserted?tx={trans}&p=x",
        data={"request_type": "RESPONSE", **fields},
        headers={"X-CSRF-TOKEN": csrf, "X-Requested-With": "XMLHttpRequest"},
    )
    assert posted.json() == {"status": "200"}, posted.text
    return browser.get(
        f"{base}/api/{api}/confirmed",
        params={"rememberMe": "false", "csrf_token": csrf, "tx": trans, "p": "x"},
        allow_redirects=False,
    )


def returned(response):
    """The parameters of the redirect to the application."""
    assert response.status_code == 302, response.text[:500]
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))
