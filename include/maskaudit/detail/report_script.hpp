#pragma once

// The scripts of a report that the others build on: what it knows, its pictures, its marks. They share one scope, in
// the order that report_writer gives them. Text from data becomes text on the page (textContent), never markup.

namespace maskaudit::detail {

/// Runs before anything is drawn, so that a dark page does not flash.
inline constexpr const char* report_theme_script = R"js(
'use strict';
(() => {
  let stored = null;
  try { stored = localStorage.getItem('maskaudit-theme'); } catch { /* no storage: as the system has it */ }
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => { document.documentElement.dataset.theme = stored ?? (dark.matches ? 'dark' : 'light'); };
  dark.addEventListener('change', apply);
  window.switchTheme = () => {
    stored = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    try { localStorage.setItem('maskaudit-theme', stored); } catch { /* until the page is closed, then */ }
    apply();
  };
  window.addEventListener('beforeprint', () => { document.documentElement.dataset.theme = 'light'; });
  window.addEventListener('afterprint', apply);
  apply();
})();
)js";

inline constexpr const char* report_basics_script = R"js(
'use strict';

const report = JSON.parse(document.getElementById('report-data').textContent);
const classes = new Map(report.classes.map((known) => [known.index, known]));
const images = new Map(report.images.map((image) => [image.index, image]));
classes.set(-1, { index: -1, name: 'ignored', color: report.ignored });
report.regions.forEach((region, id) => { region.id = id; });

// ---- Elements

const byId = (id) => document.getElementById(id);

function element(tag, className = '', text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== '') made.textContent = text;
  return made;
}

function fromTemplate(id) { return byId(id).content.firstElementChild.cloneNode(true); }

// A name that may be written from right to left must not turn what stands beside it.
function isolated(text) {
  const made = element('bdi', '', text);
  made.dir = 'auto';
  return made;
}

// A tooltip shows no more than this, and a list of choices is as wide as its longest.
function shortened(text, length) { return text.length > length ? text.slice(0, length - 1) + '…' : text; }

function classLabel(index) {
  const made = element('span', 'class');
  const swatch = element('span', 'swatch');
  swatch.style.background = classes.get(index).color;
  made.append(swatch, isolated(className(index)));
  made.title = shortened(className(index), 300);
  return made;
}

function className(index) { return classes.get(index).name || `class ${index}`; }

function swapLabel(given, predicted) {
  const arrow = element('span', 'arrow', '→');
  arrow.setAttribute('role', 'img');
  arrow.setAttribute('aria-label', 'looks like');
  return [classLabel(given), arrow, classLabel(predicted)];
}

function imageName(image) { return image.name || `image ${image.index}`; }

// ---- Numbers

const whole = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const rounded = (value) => value >= 100000 ? compact.format(value) : value >= 100 ? whole.format(Math.round(value)) : value.toFixed(1);
const counted = (count, noun) => `${whole.format(count)} ${noun}${count === 1 ? '' : 's'}`;
const decimals = (value, digits) => value.toFixed(digits);

// ---- Pictures: stored as text, made into what a browser can show when one is needed for the first time

const pictureUrls = new Map();

function pictureUrl(id) {
  if (pictureUrls.has(id)) return pictureUrls.get(id);
  const stored = byId(id);
  if (!stored) return null;
  const bytes = Uint8Array.from(atob(stored.textContent), (character) => character.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], { type: stored.dataset.type }));
  pictureUrls.set(id, url);
  return url;
}

// An image or a region as something to be shown: where its pictures are, and how wide they are for their height.
function shown(thing) {
  const prefix = thing.image === undefined ? `image-${thing.index}` : `region-${thing.id}`;
  return { prefix, photo: thing.photo, drawn: thing.width > 0, ratio: thing.width > 0 ? thing.width / thing.height : 1 };
}

// Sets the pictures within a node; `base` is what lies under the issues.
function showPictures(node, thing, base = 'photo') {
  const { prefix, photo, drawn, ratio } = shown(thing);
  node.classList.toggle('pictureless', !drawn);
  node.style.setProperty('--ratio', ratio);
  for (const picture of node.querySelectorAll('img[data-layer]')) {
    const under = base === 'photo' && !photo ? 'given' : base;
    const layer = picture.dataset.layer === 'base' ? under : picture.dataset.layer;
    const url = drawn ? pictureUrl(`${prefix}-${layer}`) : null;
    if (picture.dataset.layer === 'base') picture.classList.toggle('mask', under !== 'photo');
    if (url === null) picture.removeAttribute('src');
    else if (picture.src !== url) picture.src = url;
  }
}

// Cards get their pictures when they come near the window: hundreds at once would take long and much memory.
const unseen = new Map();
const nearby = new IntersectionObserver((entries) => {
  for (const entry of entries)
    if (entry.isIntersecting) showUnseen(entry.target);
}, { rootMargin: '600px' });

function showWhenNear(node, thing) {
  const { drawn, ratio } = shown(thing);
  node.classList.toggle('pictureless', !drawn);
  node.style.setProperty('--ratio', ratio);
  if (!drawn) return;
  unseen.set(node, thing);
  nearby.observe(node);
}

function showUnseen(node) {
  nearby.unobserve(node);
  if (unseen.has(node)) showPictures(node, unseen.get(node));
  unseen.delete(node);
}

window.addEventListener('beforeprint', () => { [...unseen.keys()].forEach(showUnseen); });

// ---- The opacity of issues, one for the whole page

function setOverlay(percent) {
  const bounded = Math.min(100, Math.max(0, percent));
  document.documentElement.style.setProperty('--overlay', bounded / 100);
  for (const range of document.querySelectorAll('.overlay-range')) range.value = bounded;
}

const overlayPercent = () => Number(byId('viewer-overlay').value);

for (const range of document.querySelectorAll('.overlay-range'))
  range.addEventListener('input', () => setOverlay(Number(range.value)));
setOverlay(85);
)js";

inline constexpr const char* report_marks_script = R"js(
'use strict';

// Marks are kept by the browser under a name that stands for the contents of this report, so that they come back when
// it is opened again, and not in another report.

const marks = (() => {
  const key = `maskaudit-marks-${report.key}`;
  const kinds = ['error', 'fine', 'unsure'];
  let known = new Map(); // region id -> kind
  let stored = true;
  const listeners = [];

  function read() {
    let found = {};
    const text = localStorage.getItem(key);
    try { found = JSON.parse(text) ?? {}; } catch { /* not of our making */ }
    return new Map(Object.entries(found)
      .filter(([id, kind]) => report.regions[id] && kinds.includes(kind))
      .map(([id, kind]) => [Number(id), kind]));
  }

  function write() { localStorage.setItem(key, JSON.stringify(Object.fromEntries(known))); }

  // Some browsers keep nothing for files, or when told so; some notice only when something is to be kept.
  function attempt(action) {
    if (!stored) return;
    try { action(); } catch {
      stored = false;
      byId('storage-notice').hidden = false;
    }
  }

  attempt(() => {
    known = read();
    localStorage.setItem(`${key}-test`, ''); // nothing stays of a report that is merely opened
    localStorage.removeItem(`${key}-test`);
  });

  const changed = () => listeners.forEach((listener) => listener());

  window.addEventListener('storage', (event) => { // another tab with the same report
    if (event.key !== key && event.key !== null) return;
    attempt(() => { known = read(); });
    changed();
  });

  return {
    kinds,
    of: (id) => known.get(id) ?? '',
    count: () => known.size,
    set(id, kind) {
      if (kind) known.set(id, kind);
      else known.delete(id);
      attempt(write);
      changed();
    },
    onChange(listener) { listeners.push(listener); },
  };
})();

// ---- The marks as a file: RFC 4180, a line for every marked region. Numbers are classes, so that names that a
// spreadsheet would take for formulas do not come in but for those of files, which must stay what they are.

function csvField(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function marksAsCsv() {
  const flat = report.axes === 2;
  const header = flat ? ['row_begin', 'column_begin', 'row_end', 'column_end'] : ['begin', 'end'];
  const place = (region) => flat ? [...region.begin, ...region.end] : [region.begin.join(' '), region.end.join(' ')];
  const lines = [['region', 'image', 'name', ...header, 'area', 'given', 'predicted', 'severity', 'mark']];
  for (const region of report.regions)
    if (marks.of(region.id))
      lines.push([region.id + 1, region.image, images.get(region.image).name, ...place(region), region.area,
        region.given, region.predicted, region.severity, marks.of(region.id)]);
  return lines.map((fields) => fields.map(csvField).join(',') + '\r\n').join('');
}

function downloadMarks() {
  const link = element('a');
  const url = URL.createObjectURL(new Blob([marksAsCsv()], { type: 'text/csv;charset=utf-8' }));
  link.href = url;
  link.download = 'marks.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000); // the browser needs it for a while
}

function showProgress() {
  byId('progress').textContent = `${whole.format(marks.count())} of ${counted(report.regions.length, 'region')} marked`;
  byId('download').disabled = marks.count() === 0;
}

marks.onChange(showProgress);
byId('download').addEventListener('click', downloadMarks);
byId('theme').addEventListener('click', () => window.switchTheme());
showProgress();
)js";

} // namespace maskaudit::detail
