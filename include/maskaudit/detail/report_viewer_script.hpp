#pragma once

// The scripts of a report's close look, its keyboard and its addresses.

namespace maskaudit::detail {

inline constexpr const char* report_viewer_script = R"js(
'use strict';

// ---- Zoom and place, the same for all pictures side by side; the place in parts of a picture's size

const view = { zoom: 1, x: 0, y: 0 };
const mostZoom = 32;

function setView(zoom, x = 0, y = 0) {
  view.zoom = Math.min(mostZoom, Math.max(1, zoom));
  const bound = (view.zoom - 1) / 2; // the edge of a picture does not leave the place that the whole of it takes
  view.x = Math.min(bound, Math.max(-bound, x));
  view.y = Math.min(bound, Math.max(-bound, y));
  const stage = byId('stage');
  stage.style.setProperty('--zoom', view.zoom);
  stage.style.setProperty('--pan-x', view.x);
  stage.style.setProperty('--pan-y', view.y);
  showZoom();
}

// The zoom as a number; and where a pixel of the picture takes many of the window, it is shown as the square it is.
function showZoom() {
  const [width] = fittedSize(document.querySelector('#stage .main'));
  const scale = openThing?.width > 0 ? width * view.zoom / openThing.width : view.zoom;
  byId('stage').classList.toggle('close-up', scale >= 8);
  byId('zoom-level').textContent = view.zoom === 1 ? 'fit' : `${Number(view.zoom.toFixed(2))} ×`;
}

// Zooms with what a picture is about in the middle: the place of a region, from the middle of its picture.
function zoomIn(thing, zoom) {
  if (!isRegion(thing) || !thing.width) {
    setView(zoom);
    return;
  }
  const [top, left, bottom, right] = thing.window;
  const y = ((thing.begin[0] + thing.end[0]) / 2 - top) / (bottom - top) - 0.5;
  const x = ((thing.begin[1] + thing.end[1]) / 2 - left) / (right - left) - 0.5;
  setView(zoom, -x * zoom, -y * zoom);
}

// Zooms so that what is under a point, from the middle of a picture and in parts of its size, stays there.
function zoomAt(factor, x = 0, y = 0) {
  const zoom = Math.min(mostZoom, Math.max(1, view.zoom * factor));
  const grown = zoom / view.zoom;
  setView(zoom, x - (x - view.x) * grown, y - (y - view.y) * grown);
}

// The size of a picture without the zoom; clientWidth would be rounded.
function fittedSize(frame) {
  const box = frame.querySelector('.layers').getBoundingClientRect();
  return [box.width / view.zoom, box.height / view.zoom];
}

function pointIn(frame, event) {
  const box = frame.getBoundingClientRect();
  const [width, height] = fittedSize(frame);
  return [(event.clientX - box.left - box.width / 2) / width, (event.clientY - box.top - box.height / 2) / height];
}

for (const frame of document.querySelectorAll('#stage .frame')) {
  frame.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoomAt(Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) * 0.003), ...pointIn(frame, event));
  }, { passive: false });
  frame.addEventListener('dblclick', (event) => zoomAt(2, ...pointIn(frame, event)));
  frame.addEventListener('pointerdown', (event) => frame.setPointerCapture(event.pointerId));
  frame.addEventListener('pointermove', (event) => {
    if (!frame.hasPointerCapture(event.pointerId)) return;
    const [width, height] = fittedSize(frame);
    setView(view.zoom, view.x + event.movementX / width, view.y + event.movementY / height);
  });
}

byId('zoom-in').addEventListener('click', () => zoomAt(1.5));
byId('zoom-out').addEventListener('click', () => zoomAt(1 / 1.5));
byId('zoom-fit').addEventListener('click', () => setView(1));
window.addEventListener('resize', () => { if (byId('viewer').open) showZoom(); });

// ---- What is looked at, and what comes before and after it

let openThing = null;
let openList = []; // as the gallery had it on opening, so that a mark does not take its region out of the row
let base = 'photo';

const isRegion = (thing) => thing.image !== undefined;

function details(rows) {
  byId('details').replaceChildren(...rows.map(([name, ...value]) => {
    const row = element('div');
    const text = element('dd');
    text.append(...value);
    row.append(element('dt', '', name), text);
    return row;
  }));
}

function regionDetails(region) {
  const sides = region.end.map((end, axis) => `${region.begin[axis]}–${end - 1}`);
  const names = region.end.length === 2 ? ['Rows', 'Columns'] : region.end.map((_, axis) => `Axis ${axis}`);
  return [
    ['Image', isolated(imageName(images.get(region.image)))],
    ...sides.map((side, axis) => [names[axis], side]),
    ['Area', counted(region.area, 'pixel')],
    ['Severity', rounded(region.severity)],
    ['Mean probability, given', decimals(region.quality, 4)],
    ['Mean probability, predicted', decimals(region.certainty, 4)],
  ];
}

function imageDetails(image) {
  return [
    ['Index', whole.format(image.index)],
    ['Softmin score', decimals(image.softmin, 6)],
    ['Share without issues', decimals(image.score, 6)],
    ['Issue pixels', whole.format(image.issues)],
    ['Pixels with a label', whole.format(image.valid)],
  ];
}

function showThing(thing) {
  const region = isRegion(thing);
  byId('viewer-title').replaceChildren(region ? `Region ${thing.id + 1}` : isolated(shortened(imageName(thing), 200)));
  byId('viewer-swap').replaceChildren(...(region ? swapLabel(thing.given, thing.predicted) : []));
  byId('marks').hidden = !region;
  details(region ? regionDetails(thing) : imageDetails(thing));
  showLink(thing);
  byId('legend').replaceChildren(...thing.classes.map((index) => {
    const row = element('li');
    row.append(classLabel(index));
    return row;
  }));
  const place = openList.indexOf(thing);
  byId('position').textContent = `${place + 1} of ${openList.length}`;
  byId('previous').disabled = place <= 0;
  byId('next').disabled = place + 1 >= openList.length;
  showBase();
  showOpenMark();
}

function showLink(thing) {
  const link = element('a');
  if (isRegion(thing)) {
    link.href = `#image-${thing.image}`;
    link.textContent = 'See the whole image';
  } else {
    const regions = report.regions.filter((region) => region.image === thing.index).length;
    link.href = '#regions';
    link.textContent = regions ? `See its ${counted(regions, 'region')}${report.numRegions ? ' shown' : ''}` : '';
    link.addEventListener('click', (event) => {
      event.preventDefault();
      showRegionsOfImage(thing.index);
    });
  }
  byId('viewer-link').replaceChildren(...(link.textContent ? [link] : []));
}

function showBase() {
  const photo = openThing.photo;
  const under = base === 'photo' && !photo ? 'given' : base;
  for (const button of document.querySelectorAll('[data-base]')) {
    button.disabled = button.dataset.base === 'photo' && !photo;
    button.setAttribute('aria-pressed', String(button.dataset.base === under));
  }
  byId('main-caption').textContent = { photo: 'Photo', given: 'Given', predicted: 'Predicted' }[under] + ' and issues';
  showPictures(byId('stage'), openThing, base);
}

function showOpenMark() {
  if (!openThing || !isRegion(openThing)) return;
  for (const button of document.querySelectorAll('[data-mark]'))
    button.setAttribute('aria-pressed', String(marks.of(openThing.id) === button.dataset.mark));
}

function openViewer(thing) {
  const list = isRegion(thing) ? regionGallery.visible() : imageGallery.visible();
  // A link may lead to what the filters leave out.
  if (!openList.includes(thing)) openList = list.includes(thing) ? list : [thing];
  openThing = thing;
  if (!byId('viewer').open) byId('viewer').showModal();
  showThing(thing);
  setView(1); // last, as it asks how large the picture is
}

function closeViewer() {
  const closed = openThing;
  openThing = null;
  openList = [];
  if (byId('viewer').open) byId('viewer').close();
  if (!closed) return;
  updateRegions(); // marks may have changed what the filter wants
  const card = isRegion(closed) ? regionGallery.card(closed) : imageGallery.card(closed);
  if (card.isConnected) focusCard(card);
}

function focusCard(card) {
  card.querySelector('.open').focus({ preventScroll: true });
  card.scrollIntoView({ block: 'nearest' });
}

function step(by) {
  const next = openList[openList.indexOf(openThing) + by];
  if (next) go(addressOf(next), true);
}

function mark(region, kind) {
  const same = marks.of(region.id) === kind;
  marks.set(region.id, kind);
  if (kind && !same && region === openThing && byId('go-on').checked) step(1);
}

for (const button of document.querySelectorAll('[data-base]'))
  button.addEventListener('click', () => { base = button.dataset.base; showBase(); });
for (const button of document.querySelectorAll('[data-mark]'))
  button.addEventListener('click', () => mark(openThing, isPressed(button) ? '' : button.dataset.mark));
byId('previous').addEventListener('click', () => step(-1));
byId('next').addEventListener('click', () => step(1));
byId('close').addEventListener('click', () => leaveViewer());
byId('viewer').addEventListener('cancel', (event) => { // Esc
  event.preventDefault();
  leaveViewer();
});
byId('help').addEventListener('click', () => byId('keys').showModal());
marks.onChange(showOpenMark);
)js";

inline constexpr const char* report_keyboard_script = R"js(
'use strict';

// ---- Addresses: #overview, #regions, #images, #region-7 (the first is 1), #image-12 (the first is 0)

const views = ['overview', 'regions', 'images'];
let currentView = 'overview';

const addressOf = (thing) => isRegion(thing) ? `#region-${thing.id + 1}` : `#image-${thing.index}`;

function thingAt(address) {
  const [, kind, number] = /^#(region|image)-(\d+)$/.exec(address) ?? [];
  return kind === 'region' ? report.regions[number - 1] : kind === 'image' ? images.get(Number(number)) : undefined;
}

// Shows what an address stands for at once: a key pressed right after must find it.
function go(address, replace = false) {
  try {
    history[replace ? 'replaceState' : 'pushState'](null, '', address);
  } catch { /* an embedded page may have no history */ }
  show(address);
}

function show(address) {
  const thing = thingAt(address);
  if (thing) {
    if (!byId('viewer').open) showView(isRegion(thing) ? 'regions' : 'images');
    openViewer(thing);
    return;
  }
  closeViewer();
  const name = address.slice(1);
  showView(views.includes(name) ? name : 'overview');
}

function showView(name) {
  if (name !== currentView) window.scrollTo(0, 0);
  currentView = name;
  for (const known of views) byId(`view-${known}`).hidden = known !== name;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function leaveViewer() { go(isRegion(openThing) ? '#regions' : '#images', true); }

// Links of the page, without waiting for the browser to tell of a new address.
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.getAttribute('href'));
});
window.addEventListener('popstate', () => show(location.hash));
window.addEventListener('hashchange', () => show(location.hash));

// ---- The keyboard

const markKeys = { e: 'error', f: 'fine', u: 'unsure', x: '', 0: '' };

function isTyping(target) {
  return target.matches('input:not([type="range"]):not([type="checkbox"]), select, textarea');
}

// The card that has the focus, or that was looked at last.
function focusedCard() { return document.activeElement?.closest('.card') ?? null; }

function moveFocus(by) {
  const list = currentView === 'regions' ? regionGallery : imageGallery;
  const cards = list.visible().map((thing) => list.card(thing));
  const place = cards.indexOf(focusedCard());
  const next = cards[place < 0 ? 0 : place + by];
  if (next) focusCard(next);
}

const viewerKeys = {
  z() { zoomIn(openThing, view.zoom < 2 ? 2 : view.zoom < 4 ? 4 : view.zoom < 8 ? 8 : 1); },
  '+'() { zoomAt(1.5); },
  '=': () => zoomAt(1.5),
  '-'() { zoomAt(1 / 1.5); },
  g: () => byId('go-on').click(),
  1: () => byId('viewer').querySelector('[data-base="photo"]').click(),
  2: () => byId('viewer').querySelector('[data-base="given"]').click(),
  3: () => byId('viewer').querySelector('[data-base="predicted"]').click(),
};

const stepKeys = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1 };

function onKey(event) {
  if (event.key === 'Escape' && isTyping(event.target)) event.target.blur(); // keys mean something again
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || byId('keys').open) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.target.matches('input[type="range"]') && key.startsWith('Arrow')) return; // moves the slider
  if (!handleKey(key)) return;
  event.preventDefault();
}

// Whether the key meant something.
function handleKey(key) {
  if (key === '?') {
    byId('keys').showModal();
    return true;
  }
  if (key === '[' || key === ']') {
    setOverlay(overlayPercent() + (key === '[' ? -10 : 10));
    return true;
  }
  if (currentView === 'overview' && !openThing) return false;
  if (key in stepKeys) {
    if (openThing) step(stepKeys[key]);
    else moveFocus(stepKeys[key]);
    return true;
  }
  if (key in markKeys) return markByKey(markKeys[key]);
  if (openThing && key in viewerKeys) {
    viewerKeys[key]();
    return true;
  }
  return false;
}

function markByKey(kind) {
  const card = focusedCard();
  const region = openThing ?? report.regions[card?.dataset.region];
  if (!region || !isRegion(region)) return false;
  mark(region, kind);
  return true;
}

document.addEventListener('keydown', onKey);
show(location.hash);
)js";

} // namespace maskaudit::detail
