#!/usr/bin/python3
"""The report in a browser: usage: report.py FIXTURE, the program that writes the reports.

Exits with 77, which ctest takes as skipped, where Selenium, Chromium or its driver is missing.
"""
import csv
import io
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select, WebDriverWait
except ImportError:
    print("skipped: there is no Selenium (Debian: python3-selenium)")
    sys.exit(77)

PATIENCE = 20  # seconds for what takes a fraction of one

# As in fixture.cpp, as a browser shows them: bytes that are no UTF-8 become U+FFFD.
HOSTILE_NAMES = [
    "<script>window.hacked = 1</script>",
    "\"><img src=x onerror=\"window.hacked = 2\">'",
    "</script><script>window.hacked = 3</script><!--",
    "{{key}} {{{style}}} \\u003cb> & &lt; \\",
    "w" * 10000,
    "\u202e\u05d0\u05d1\u05d2 desrever",
    "\x01 \ufffd\ufffd\t\n line",
    "=1+1,\"two\"\r\nthree",
]

# The street of fixture.cpp: image n has a region of 8 x (10 + n) pixels, given 0 (n even) or 3, predicted 1.
STREET = [{"image": n, "given": 3 if n % 2 else 0, "area": 8 * (10 + n)} for n in range(12)]


class Page:
    """A browser with storage of its own, and what there is to do with the page in it."""

    def __init__(self, folder):
        self.folder = folder
        self.profile = tempfile.TemporaryDirectory(prefix="profile-", dir=folder, ignore_cleanup_errors=True)
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--window-size=1280,720", "--force-device-scale-factor=1", "--hide-scrollbars",
                         f"--user-data-dir={self.profile.name}"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior",
                                    {"behavior": "allow", "downloadPath": str(folder), "eventsEnabled": False})

    def close(self):
        self.driver.quit()
        self.profile.cleanup()

    def resize(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def prefer(self, scheme):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                    {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def open(self, name, address=""):
        self.driver.get("about:blank")  # so that an address within the same page loads it anew
        self.driver.get((self.folder / f"{name}.html").as_uri() + address)
        self.wait(lambda: self.js("return document.readyState") == "complete")

    def reopen_until(self, name, address, condition):
        """For what the page is to find again: one process of the browser sees late what another has stored."""
        self.wait(lambda: self.open(name, address) or condition())

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition):
        return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.02).until(lambda _: condition())

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def click(self, selector):
        self.one(selector).click()

    def press(self, *keys):
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def choose(self, selector, value):
        Select(self.one(selector)).select_by_value(value)

    def texts(self, selector):
        return self.js("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def regions(self):
        """What the cards of the gallery show, as indices of regions."""
        return self.js("return [...document.querySelectorAll('#region-list .card')].map((c) => Number(c.dataset.region))")

    def images(self):
        return self.js("return [...document.querySelectorAll('#image-list .card')].map((c) => Number(c.dataset.image))")

    def data(self):
        return json.loads(self.js("return document.getElementById('report-data').textContent"))

    def is_shown(self, selector):
        return self.one(selector).is_displayed()

    def pictures_loaded(self, selector):
        """Waits for all pictures of an element, and returns their sizes."""
        script = """return [...document.querySelector(arguments[0]).querySelectorAll('img')]
            .map((picture) => [picture.complete ? picture.naturalWidth : 0, picture.naturalHeight])"""
        self.wait(lambda: all(width > 0 for width, _ in self.js(script, selector)))
        return self.js(script, selector)

    def pixel(self, selector, x, y):
        """Red, green, blue and alpha of a picture, at a part of its width and height."""
        return self.js("""const picture = document.querySelector(arguments[0]);
            const canvas = document.createElement('canvas');
            canvas.width = picture.naturalWidth;
            canvas.height = picture.naturalHeight;
            const context = canvas.getContext('2d');
            context.drawImage(picture, 0, 0);
            return [...context.getImageData(Math.floor(arguments[1] * canvas.width),
                                            Math.floor(arguments[2] * canvas.height), 1, 1).data];""", selector, x, y)


folder = None  # where the reports are
page = None  # shared by tests: to start a browser takes longer than most of them do


def forget_what_is_stored():
    """Has the next test start a browser if this one stored something: what is cleared may come back in Chromium,
    whose processes tell each other of their storage when they find the time."""
    global page
    if page.js("try { return localStorage.length } catch { return 0 }") > 0:
        page.close()
        page = None


class Report(unittest.TestCase):
    def setUp(self):
        global page
        page = page or Page(folder)
        page.resize(1280, 720)
        page.prefer("light")

    def tearDown(self):
        """Every test, whatever else it is about: no error, no warning, nothing loaded from elsewhere."""
        self.addCleanup(forget_what_is_stored)
        self.assertEqual(page.driver.get_log("browser"), [])
        loaded = page.js("return performance.getEntriesByType('resource').map((entry) => entry.name)")
        self.assertEqual([name for name in loaded if not name.startswith(("blob:", "data:"))], [])
        self.assertIsNone(page.js("return window.hacked ?? null"))

    # ---- Overview

    def test_totals(self):
        page.open("street")
        issues = sum(region["area"] for region in STREET)
        pixels = 12 * 56 * 76
        self.assertEqual(page.texts(".totals dd"), ["12", f"{pixels:,}", f"{issues:,} {100 * issues / pixels:.2f} %",
                                                    "12 100.0 %", "12"])
        self.assertEqual(page.texts(".facts dt") + page.texts(".facts dd"),
                         ["labels", "made by", "/data/labels", "a test"])

    def test_histogram_counts_all_images_and_leads_to_those_of_a_bar(self):
        page.open("big")
        self.assertEqual(page.data()["histogram"], [250] * 40)
        bars = page.all("#histogram button")
        self.assertEqual(len(bars), 40)
        self.assertEqual(bars[0].get_attribute("aria-label"), "0 to 0.025: 250 images")
        bars[0].click()
        self.assertTrue(page.is_shown("#view-images"))
        self.assertEqual(page.images(), list(range(200)))
        self.assertEqual(page.one("#image-found").text, "200 of 400 images, 50 more not in this report")
        page.click("#image-scores")
        self.assertEqual(len(page.images()), 400)

    def test_histogram_scale(self):
        page.open("street")
        heights = lambda: page.js("return [...document.querySelectorAll('#histogram i')].map((bar) => bar.style.height)")
        counts = page.data()["histogram"]
        self.assertEqual(sum(counts), 12)
        logarithmic = [100 * math.log1p(count) / math.log1p(max(counts)) for count in counts]
        for height, expected in zip(heights(), logarithmic):
            self.assertAlmostEqual(float(height.rstrip("%")), expected, places=3)
        page.click("#log-scale")
        for height, count in zip(heights(), counts):
            self.assertAlmostEqual(float(height.rstrip("%")), 100 * count / max(counts), places=3)

    def test_swaps_lead_to_their_regions(self):
        page.open("street")
        even, odd = (sum(r["area"] for r in STREET if r["given"] == given) for given in (0, 3))
        self.assertEqual(page.texts("#swaps .pixels"), [f"{odd:,}", f"{even:,}"])
        self.assertEqual(page.texts("#swaps .swap bdi"), ["person", "car", "ground", "car"])
        page.all("#swaps button")[0].click()
        self.assertEqual(page.regions(), [0, 2, 4, 6, 8, 10])  # the largest are most severe: images 11, 9, ...
        page.click('nav a[data-view="overview"]')
        self.assertEqual(page.texts("#matrix thead bdi") + page.texts("#matrix tbody bdi"), ["car", "ground", "person"])
        page.click('#matrix button[data-given="0"][data-predicted="1"]')
        self.assertEqual(page.regions(), [1, 3, 5, 7, 9, 11])
        self.assertTrue(page.is_shown("#view-regions"))
        page.click("#region-reset")
        self.assertEqual(len(page.regions()), 12)

    # ---- Galleries

    def test_regions_sort(self):
        page.open("street", "#regions")
        images = lambda: [page.data()["regions"][region]["image"] for region in page.regions()]
        self.assertEqual(images(), list(range(11, -1, -1)))
        page.choose("#region-sort", "image")
        self.assertEqual(images(), list(range(12)))
        page.click("#region-order")
        self.assertEqual(images(), list(range(11, -1, -1)))
        page.click("#region-order")
        page.choose("#region-sort", "area")
        self.assertEqual(page.texts("#region-list [data-slot=area]"), [f"{8 * (10 + n)} px" for n in range(11, -1, -1)])
        page.choose("#region-sort", "quality")  # all have the same: the order of the report stays
        self.assertEqual(page.regions(), list(range(12)))

    def test_regions_filter(self):
        page.open("street", "#regions")
        self.assertEqual([option.text for option in Select(page.one("#region-given")).options], ["any", "ground", "person"])
        page.choose("#region-given", "3")
        self.assertEqual(page.regions(), [0, 2, 4, 6, 8, 10])
        self.assertEqual(page.one("#region-found").text, "6 of 12 regions")
        page.one("#region-name").send_keys("SCENE/F")  # image 1, which is "scene/f.png"
        self.assertEqual(page.regions(), [10])
        page.choose("#region-given", "0")
        self.assertEqual(page.regions(), [])
        self.assertEqual(page.texts("#region-list"), ["No region here is like that."])
        page.click("#region-reset")
        self.assertEqual(len(page.regions()), 12)

    def test_regions_filter_by_mark(self):
        page.open("street", "#regions")
        page.press("j", "e", "j", "f", "j", "u")
        for mark, expected in [("error", [0]), ("fine", [1]), ("unsure", [2]), ("none", list(range(3, 12)))]:
            page.choose("#region-mark", mark)
            self.assertEqual(page.regions(), expected, mark)

    def test_images_sort_and_filter(self):
        page.open("street", "#images")
        image_data = page.data()["images"]
        by_score = sorted(image_data, key=lambda image: image["softmin"])
        self.assertEqual(page.images(), [image["index"] for image in by_score])
        page.choose("#image-sort", "issues")
        self.assertEqual(page.images(), list(range(11, -1, -1)))
        page.choose("#image-sort", "name")
        self.assertEqual(page.texts("#image-list [data-slot=name]"), [f"scene/{letter}.png" for letter in "abcdefghijkl"])
        page.one("#image-name").send_keys("/c")
        self.assertEqual(page.texts("#image-list [data-slot=name]"), ["scene/c.png"])

    def test_links_between_an_image_and_its_regions(self):
        page.open("street", "#images")
        page.choose("#image-sort", "issues")
        page.click("#image-list .card:nth-child(3) [data-slot=regions]")
        self.assertEqual(page.regions(), [2])
        self.assertIn("scene/j.png", page.one("#region-image").text)
        page.click("#region-list .card [data-slot=image]")
        self.assertTrue(page.is_shown("#viewer"))
        self.assertEqual(page.one("#viewer-title").text, "scene/j.png")
        page.click("#viewer-link a")
        self.assertFalse(page.is_shown("#viewer"))
        self.assertEqual(page.regions(), [2])

    # ---- The close look

    def test_pictures_show_what_they_should(self):
        page.open("street", "#region-12")  # image 0: the car is 8 x 10 pixels from (30, 20)
        page.pictures_loaded("#stage")
        inside, outside = (25 / 80, 34 / 60), (60 / 80, 50 / 60)  # the whole image is the least that is drawn
        overlay = '#stage [data-layer="overlay"]'
        self.assertEqual(page.pixel(overlay, *inside)[:3], [255, 0, 0])
        self.assertGreater(page.pixel(overlay, *inside)[3], 50)
        self.assertEqual(page.pixel(overlay, *outside)[3], 0)
        self.assertEqual(page.pixel('#stage [data-layer="given"]', *inside), [0, 0, 0, 255])
        self.assertEqual(page.pixel('#stage [data-layer="predicted"]', *inside), [0xE6, 0x9F, 0x00, 255])
        self.assertEqual(page.pixel('#stage [data-layer="given"]', 0, 0), [192, 192, 192, 255])  # ignored
        for seen, painted in zip(page.pixel('#stage [data-layer="base"]', *inside), [94, 115, 230]):
            self.assertAlmostEqual(seen, painted, delta=12)  # a JPEG
        page.press("2")
        page.wait(lambda: page.pixel('#stage [data-layer="base"]', *inside) == [0, 0, 0, 255])
        self.assertEqual(page.texts("#legend bdi"), ["ignored", "ground", "car", "tree"])

    def test_without_photos_the_given_mask_is_looked_at(self):
        page.open("masks", "#region-12")
        page.pictures_loaded("#stage")
        self.assertEqual(page.pixel('#stage [data-layer="base"]', 25 / 80, 34 / 60), [0, 0, 0, 255])
        self.assertFalse(page.one('[data-base="photo"]').is_enabled())

    def test_overlay_slider(self):
        page.open("street", "#region-1")
        opacity = lambda: float(page.js("return getComputedStyle(document.querySelector('#stage .overlay')).opacity"))
        self.assertAlmostEqual(opacity(), 0.85)
        page.press("[", "[")
        self.assertAlmostEqual(opacity(), 0.65)
        page.js("const r = document.getElementById('viewer-overlay'); r.value = 20; r.dispatchEvent(new Event('input'))")
        self.assertAlmostEqual(opacity(), 0.2)
        self.assertEqual(page.js("return document.querySelector('#view-images .overlay-range').value"), "20")

    def zoom(self):
        return page.js("return [view.zoom, view.x, view.y]")

    def test_zoom_by_keyboard_and_buttons(self):
        page.open("street", "#region-1")
        zooms = []
        for _ in range(4):
            page.press("z")
            zooms.append(self.zoom()[0])
        self.assertEqual(zooms, [2, 4, 8, 1])
        page.open("street", "#region-12")  # 8 x 10 pixels from (30, 20) of 60 x 80: its middle goes to that of the stage
        page.press("z", "z")
        for found, expected in zip(self.zoom(), [4, -4 * (25 / 80 - 0.5), -4 * (34 / 60 - 0.5)]):
            self.assertAlmostEqual(found, expected)
        page.press("z", "z")
        page.click("#zoom-in")
        self.assertEqual(self.zoom()[0], 1.5)
        self.assertEqual(page.one("#zoom-level").text, "1.5 ×")
        width = page.js("return document.querySelector('#stage .layers').getBoundingClientRect().width")
        page.click("#zoom-fit")
        fitted = page.js("return document.querySelector('#stage .layers').getBoundingClientRect().width")
        self.assertAlmostEqual(width, 1.5 * fitted, delta=0.5)

    def test_wheel_zooms_at_the_pointer_and_dragging_moves_all_panels(self):
        page.open("street", "#region-1")
        boxes = """return [...document.querySelectorAll('#stage .layers')].map((l) => {
            const box = l.getBoundingClientRect();
            return [box.left, box.top, box.width, box.height]; })"""
        frame = page.one("#stage .frame")
        before = page.js(boxes)
        pointer = page.js("""const box = document.querySelector('#stage .frame').getBoundingClientRect();
            return [Math.round(box.left + box.width / 2) + 100, Math.round(box.top + box.height / 2) + 50]""")
        part = lambda box: [(pointer[0] - box[0]) / box[2], (pointer[1] - box[1]) / box[3]]
        page.js("""arguments[0].dispatchEvent(new WheelEvent('wheel', { deltaY: -100, clientX: arguments[1],
            clientY: arguments[2], cancelable: true }))""", frame, *pointer)
        after = page.js(boxes)
        self.assertAlmostEqual(after[0][2] / before[0][2], math.exp(0.3), places=3)
        for old, new in zip(part(before[0]), part(after[0])):
            self.assertAlmostEqual(old, new, places=4)
        page.press("z", "z")
        start = page.js(boxes)
        ActionChains(page.driver).move_to_element(frame).click_and_hold().move_by_offset(40, -20).release().perform()
        moved = page.js(boxes)
        self.assertAlmostEqual(moved[0][0] - start[0][0], 40, delta=1.5)
        self.assertAlmostEqual(moved[0][1] - start[0][1], -20, delta=1.5)
        for panel in (1, 2):  # in parts of the picture's size, the same
            self.assertAlmostEqual((moved[panel][0] - start[panel][0]) / start[panel][2],
                                   (moved[0][0] - start[0][0]) / start[0][2], places=3)

    def test_steps_and_addresses(self):
        page.open("street", "#regions")
        page.choose("#region-given", "3")
        page.click("#region-list .card:nth-child(2) .open")
        self.assertEqual(page.one("#position").text, "2 of 6")
        self.assertTrue(page.js("return location.hash") == "#region-3")
        page.press("j")
        self.assertEqual(page.one("#viewer-title").text, "Region 5")
        page.press(Keys.ARROW_LEFT, "k")
        self.assertEqual(page.one("#viewer-title").text, "Region 1")
        self.assertFalse(page.one("#previous").is_enabled())
        page.press("k")
        self.assertEqual(page.one("#viewer-title").text, "Region 1")
        page.press(Keys.ESCAPE)
        self.assertFalse(page.is_shown("#viewer"))
        self.assertEqual(page.js("return location.hash"), "#regions")
        page.open("street", "#image-4")  # an address to send to someone
        self.assertEqual(page.one("#viewer-title").text, "scene/i.png")

    def test_help(self):
        page.open("street", "#regions")
        page.press("?")
        self.assertTrue(page.is_shown("#keys"))
        page.press("j", "e")  # goes to nobody
        page.press(Keys.ESCAPE)
        self.assertFalse(page.is_shown("#keys"))
        self.assertEqual(page.one("#progress").text, "0 of 12 regions marked")

    # ---- Marks

    def exported(self):
        file = page.folder / "marks.csv"
        file.unlink(missing_ok=True)
        page.click("#download")
        page.wait(lambda: file.exists() and not list(page.folder.glob("*.crdownload")))
        return file.read_bytes().decode()

    def test_marks_by_keyboard_are_kept_and_exported(self):
        page.open("street", "#regions")
        page.press("j", "e", "j", "u")            # in the gallery: regions 0 and 1
        page.press(Keys.ENTER)                    # close up: region 1
        page.press("f", "j", "j", "e", "j", "e", "x")
        self.assertEqual(page.one("#progress").text, "3 of 12 regions marked")
        page.press(Keys.ESCAPE)
        page.reopen_until("street", "#regions", lambda: page.one("#progress").text == "3 of 12 regions marked")
        self.assertEqual(page.texts("#region-list .badge"), ["error", "fine", "", "error"] + [""] * 8)
        text = self.exported()
        self.assertTrue(text.endswith("\r\n"))
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        regions = list(reversed(STREET))  # most severe first
        letters = [chr(ord("a") + (n * 5) % 12) for n in range(12)]
        expected = []
        for place, mark in [(0, "error"), (1, "fine"), (3, "error")]:
            n = regions[place]["image"]
            expected.append({"region": str(place + 1), "image": str(n), "name": f"scene/{letters[n]}.png",
                             "row_begin": "30", "column_begin": "20", "row_end": "38", "column_end": str(30 + n),
                             "area": str(regions[place]["area"]), "given": str(regions[place]["given"]),
                             "predicted": "1", "mark": mark})
        severities = [float(row.pop("severity")) for row in rows]
        self.assertEqual(rows, expected)
        for severity, row in zip(severities, expected):
            self.assertAlmostEqual(severity, int(row["area"]) * math.log(0.91 / 0.03), places=2)

    def test_marks_belong_to_one_report(self):
        page.open("street", "#region-1")
        page.press("e")
        page.open("hostile")
        self.assertEqual(page.one("#progress").text, "0 of 8 regions marked")
        self.assertFalse(page.one("#download").is_enabled())
        same_regions = "masks"
        page.reopen_until(same_regions, "", lambda: page.one("#progress").text == "1 of 12 regions marked")

    def test_marks_by_buttons_may_go_on(self):
        page.open("street", "#region-1")
        page.click('[data-mark="fine"]')
        self.assertEqual(page.one('[data-mark="fine"]').get_attribute("aria-pressed"), "true")
        self.assertEqual(page.one("#viewer-title").text, "Region 1")
        page.click('[data-mark="fine"]')  # again: away with it
        self.assertEqual(page.one("#progress").get_property("textContent"), "0 of 12 regions marked")
        page.press("g")
        self.assertTrue(page.one("#go-on").is_selected())
        page.press("u")
        self.assertEqual(page.one("#viewer-title").text, "Region 2")
        self.assertEqual(page.one("#progress").get_property("textContent"), "1 of 12 regions marked")

    def test_typing_a_name_marks_nothing(self):
        page.open("street", "#regions")
        page.press("j")
        page.one("#region-name").send_keys("fe")
        self.assertEqual(page.one("#progress").text, "0 of 12 regions marked")

    def test_without_storage_marks_last_until_the_page_is_closed(self):
        script = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {
            "source": "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied'); } });"})
        try:
            page.open("street", "#regions")
            self.assertTrue(page.is_shown("#storage-notice"))
            page.press("j", "e")
            self.assertEqual(page.one("#progress").text, "1 of 12 regions marked")
            self.assertIn("error", self.exported())
            page.click("#theme")
        finally:
            page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script["identifier"]})

    # ---- Whatever else a report may be

    def test_hostile_names_are_text(self):
        page.open("hostile")
        self.assertEqual(page.driver.title, "<script>window.hacked = 1</script></script><script>window.hacked = 3</script><!--")
        self.assertEqual(page.texts("h1"), [HOSTILE_NAMES[0] + HOSTILE_NAMES[2]])
        pairs = [name for n in range(8) for name in (HOSTILE_NAMES[n], HOSTILE_NAMES[(n + 1) % 8])]
        self.assertEqual(page.texts("#swaps bdi"), pairs)
        self.assertEqual(page.texts("#region-list .swap bdi"), pairs)
        self.assertEqual(page.texts("#region-list .name bdi"), HOSTILE_NAMES)
        self.assertEqual(page.texts("#image-list .name bdi"), HOSTILE_NAMES)
        for view in ["overview", "regions", "images", "region-4", "image-4"]:
            page.open("hostile", f"#{view}")
            self.assertLessEqual(page.js("return document.documentElement.scrollWidth"), 1280, view)
            for element in page.js("""return [...document.querySelectorAll('.card, aside')]
                    .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML.slice(0, 80))"""):
                self.fail(f"{view}: wider than its place: {element}")

    def test_hostile_names_in_the_export(self):
        page.open("hostile", "#regions")
        for _ in HOSTILE_NAMES:
            page.press("j", "u")
        rows = list(csv.DictReader(io.StringIO(self.exported(), newline="")))
        self.assertEqual([row["name"] for row in rows], HOSTILE_NAMES)

    def test_empty(self):
        page.open("empty")
        self.assertEqual(page.texts(".totals dd"), ["0", "0", "0 0.00 %", "0 0.00 %", "0"])
        page.press("j", "e", "?")
        page.press(Keys.ESCAPE)
        page.click('nav a[data-view="regions"]')
        page.press("j", "e")
        self.assertEqual(page.one("#region-list").text, "There are no regions.")
        page.click('nav a[data-view="images"]')
        self.assertEqual(page.one("#image-list").text, "There are no images.")

    def test_volume(self):
        page.open("volume", "#region-1")
        self.assertTrue(page.is_shown(".no-picture"))
        self.assertFalse(page.is_shown(".controls"))
        self.assertEqual(page.texts("#details dd")[1:4], ["0–1", "1–1", "2–2"])
        page.press("e", Keys.ESCAPE)
        self.assertEqual(self.exported().splitlines()[0],
                         "region,image,name,begin,end,area,given,predicted,severity,mark")
        self.assertIn("1,0,,0 1 2,2 2 3,2,0,1,", self.exported())

    def test_big(self):
        page.open("big", "#images")
        self.assertEqual(len(page.images()), 400)
        page.pictures_loaded("#image-list .card")
        loaded = lambda: page.js("return document.querySelectorAll('#image-list img[src]').length / 5")
        self.assertLess(loaded(), 60)  # those near the window
        page.js("document.querySelector('#image-list .card:nth-child(300)').scrollIntoView()")
        page.pictures_loaded("#image-list .card:nth-child(300)")
        self.assertLess(loaded(), 120)
        page.click('nav a[data-view="regions"]')
        for _ in range(30):
            page.press("j")
        self.assertEqual(page.js("return document.activeElement.closest('.card').dataset.region"),
                         str(page.regions()[29]))

    def test_light_and_dark(self):
        page.open("street")
        ground = lambda: page.js("return getComputedStyle(document.body).backgroundColor")
        light = ground()
        page.prefer("dark")
        page.wait(lambda: ground() != light)
        dark = ground()
        page.click("#theme")
        self.assertEqual(ground(), light)
        page.reopen_until("street", "", lambda: ground() == light)
        page.click("#theme")
        self.assertEqual(ground(), dark)

    def test_narrow(self):
        for address in ["#overview", "#regions", "#images", "#region-1", "#image-0"]:
            page.resize(360, 640)
            page.open("street", address)
            self.assertLessEqual(page.js("return document.documentElement.scrollWidth"), 360, address)
        self.assertTrue(page.is_shown("#close"))

    def test_controls_have_names(self):
        page.open("street")
        nameless = page.js("""return [...document.querySelectorAll('button, select, input, a[href], dialog')]
            .filter((e) => !e.hidden && !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length ||
                             e.getAttribute('aria-labelledby'))).map((e) => e.outerHTML)""")
        self.assertEqual(nameless, [])


def main():
    global folder
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        print("skipped: there is no Chromium with its driver (Debian: chromium, chromium-driver)")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="maskaudit-browser-", ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        subprocess.run([sys.argv.pop(1), folder], check=True)
        try:
            program = unittest.main(exit=False, verbosity=2)
        finally:
            if page:
                page.close()
    sys.exit(0 if program.result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
