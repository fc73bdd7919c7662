#pragma once

// The scripts of a report's overview and its galleries.

namespace maskaudit::detail {

inline constexpr const char* report_overview_script = R"js(
'use strict';

// ---- Image scores: bars are buttons, which a keyboard reaches and a screen reader names

function drawHistogram() {
  const counts = report.histogram;
  const most = Math.max(1, ...counts);
  const logarithmic = byId('log-scale').checked;
  // One image is to be seen beside thousands: log(1 + n) starts at 0 for none.
  const height = (count) => 100 * (logarithmic ? Math.log1p(count) / Math.log1p(most) : count / most);
  const parts = [];
  for (const tick of histogramTicks(most, logarithmic)) {
    const line = element('div', 'tick');
    line.style.bottom = `${height(tick)}%`;
    line.append(element('span', '', compact.format(tick)));
    parts.push(line);
  }
  for (const part of counts.length ? [0, 0.25, 0.5, 0.75, 1] : []) {
    const mark = element('span', 'mark', scoreText(edgeOfBin(part * counts.length)));
    mark.style.left = `${100 * part}%`;
    parts.push(mark);
  }
  counts.forEach((count, bin) => {
    const bar = element('button');
    const [from, to] = binRange(bin);
    bar.type = 'button';
    bar.disabled = count === 0;
    bar.title = `${scoreText(from)} to ${scoreText(to)}: ${counted(count, 'image')}`;
    bar.setAttribute('aria-label', bar.title);
    bar.addEventListener('click', () => showImagesOfBin(bin));
    const body = element('i');
    body.style.height = `${height(count)}%`;
    bar.append(body);
    parts.push(bar);
  });
  byId('histogram').replaceChildren(...parts);
}

const edgeOfBin = (bin) => (report.firstBin + bin) / report.binsOfOne;
const binRange = (bin) => [edgeOfBin(bin), edgeOfBin(bin + 1)];
const scoreText = (score) => String(Number(score.toFixed(4)));

// The bin of a score, as the counts were made; rounding may put a score a little outside of 0 to 1.
function binOf(score) {
  const bins = report.binsOfOne;
  return Math.min(bins - 1, Math.max(0, Math.floor(score * bins))) - report.firstBin;
}

function histogramTicks(most, logarithmic) {
  const ticks = [];
  if (report.histogram.every((count) => count === 0)) return ticks;
  if (logarithmic) {
    for (let tick = 1; tick <= most; tick *= 10) ticks.push(tick);
    if (most > 2 * ticks.at(-1)) ticks.push(most); // nearer, their numbers would overlap
    return ticks;
  }
  const step = 10 ** Math.floor(Math.log10(most));
  const wide = most / step >= 5 ? 2 * step : most / step >= 2 ? step : Math.max(1, step / 2);
  for (let tick = wide; tick <= most; tick += wide) ticks.push(tick);
  return ticks;
}

// ---- Swaps: as a list, and as a matrix

function drawSwaps() {
  const longest = 100; // the matrix has the others
  const rows = report.swaps.slice(0, longest).map((swap) => {
    const row = element('li');
    const button = element('button');
    button.type = 'button';
    const label = element('span', 'swap');
    label.append(...swapLabel(swap.given, swap.predicted));
    button.append(label, element('span', 'pixels', whole.format(swap.pixels)));
    button.addEventListener('click', () => showRegionsOfSwap(swap.given, swap.predicted));
    row.append(button);
    return row;
  });
  byId('swaps').replaceChildren(...(rows.length ? rows : [element('li', 'none', 'No issues.')]));
}

// The classes with the most issue pixels, in their own order; more would be too many cells to look at.
const mostClasses = 60;

function classesBySwaps(side) {
  const pixels = new Map();
  for (const swap of report.swaps) pixels.set(swap[side], (pixels.get(swap[side]) ?? 0) + swap.pixels);
  const all = [...pixels.keys()].sort((a, b) => pixels.get(b) - pixels.get(a));
  return { all: all.length, shown: all.slice(0, mostClasses).sort((a, b) => a - b) };
}

function drawMatrix() {
  const given = classesBySwaps('given');
  const predicted = classesBySwaps('predicted');
  if (given.all === 0) {
    byId('matrix').replaceChildren(element('p', 'none', 'No issues.'));
    return;
  }
  if (given.all > given.shown.length || predicted.all > predicted.shown.length)
    byId('matrix-hint').textContent += ` Those with the most: ${given.shown.length} of ${given.all} rows, ` +
      `${predicted.shown.length} of ${predicted.all} columns.`;
  const pixels = new Map(report.swaps.map((swap) => [`${swap.given} ${swap.predicted}`, swap.pixels]));
  const most = report.swaps.reduce((largest, swap) => Math.max(largest, swap.pixels), 0);

  const table = element('table', 'matrix');
  const head = table.createTHead().insertRow();
  const corner = element('th', '', 'given ↓  predicted →');
  head.append(corner, ...predicted.shown.map((index) => heading(index, 'col')));
  const body = table.createTBody();
  for (const row of given.shown) {
    const line = body.insertRow();
    line.append(heading(row, 'row'));
    for (const column of predicted.shown)
      line.append(matrixCell(row, column, pixels.get(`${row} ${column}`) ?? 0, most));
  }
  byId('matrix').replaceChildren(table);
}

function heading(index, scope) {
  const made = element('th');
  made.scope = scope;
  made.append(classLabel(index));
  return made;
}

function matrixCell(given, predicted, count, most) {
  const cell = element('td', given === predicted ? 'same' : '');
  if (count === 0) return cell;
  const button = element('button', '', compact.format(count));
  button.type = 'button';
  button.dataset.given = given;
  button.dataset.predicted = predicted;
  const level = 0.08 + 0.92 * Math.log1p(count) / Math.log1p(most);
  button.style.setProperty('--level', level);
  button.classList.toggle('strong', level > 0.55);
  button.title = shortened(className(given), 80) + ' → ' + shortened(className(predicted), 80) + ': ' + counted(count, 'pixel');
  button.setAttribute('aria-label', button.title);
  button.addEventListener('click', () => showRegionsOfSwap(given, predicted));
  cell.append(button);
  return cell;
}

byId('log-scale').addEventListener('change', drawHistogram);
drawHistogram();
drawSwaps();
drawMatrix();
)js";

inline constexpr const char* report_gallery_script = R"js(
'use strict';

// A gallery is a list of cards, made once; sorting and filtering puts some of them into the page in some order.
function gallery({ list, found, noun, things, others = '', cards, order, isWanted }) {
  let visible = [];
  return {
    visible: () => visible,
    card: (thing) => cards.get(thing),
    update() {
      visible = things.filter(isWanted).sort(order());
      const nodes = visible.map((thing) => cards.get(thing));
      if (nodes.length === 0) nodes.push(element('li', 'none', things.length ? `No ${noun} here is like that.${others}` : `There are no ${noun}s.`));
      list.replaceChildren(...nodes);
      found.textContent = visible.length === things.length ? counted(things.length, noun)
        : `${whole.format(visible.length)} of ${counted(things.length, noun)}`;
    },
  };
}

// Orders by a key; equal keys stay in the order of the report, whichever way the others go.
function byKey(key, downwards) {
  return (a, b) => {
    const left = key(a), right = key(b);
    return left === right ? 0 : (left < right) === downwards ? 1 : -1;
  };
}

const contains = (text, part) => text.toLocaleLowerCase().includes(part.trim().toLocaleLowerCase());
const isPressed = (button) => button.getAttribute('aria-pressed') === 'true';

function offerClasses(select, side) {
  const indices = [...new Set(report.regions.map((region) => region[side]))].sort((a, b) => a - b);
  select.append(new Option('any', ''));
  for (const index of indices) select.append(new Option(shortened(className(index), 60), index));
}

// ---- Regions

const chosen = { image: null, bin: null }; // what a link of the page has narrowed the galleries to

function regionCard(region) {
  const card = fromTemplate('region-card');
  const image = images.get(region.image);
  const slot = (name) => card.querySelector(`[data-slot="${name}"]`);
  card.dataset.region = region.id;
  const open = card.querySelector('.open');
  open.href = `#region-${region.id + 1}`;
  open.setAttribute('aria-label', `${shortened(className(region.given), 80)} looks like ` +
    `${shortened(className(region.predicted), 80)}, ${counted(region.area, 'pixel')}`);
  slot('swap').append(...swapLabel(region.given, region.predicted));
  slot('area').textContent = `${whole.format(region.area)} px`;
  slot('severity').textContent = `severity ${rounded(region.severity)}`;
  slot('quality').textContent = `q ${decimals(region.quality, 4)}`;
  slot('image').href = `#image-${region.image}`;
  slot('image').append(isolated(imageName(image)));
  slot('image').title = shortened(imageName(image), 300);
  showWhenNear(card, region);
  return card;
}

const regionKeys = {
  severity: [(region) => region.severity, true],
  area: [(region) => region.area, true],
  quality: [(region) => region.quality, false],
  image: [(region) => region.image, false],
};

const regionGallery = gallery({
  list: byId('region-list'),
  found: byId('region-found'),
  noun: 'region',
  things: report.regions,
  others: report.numRegions
    ? ` Shown are the ${whole.format(report.regions.length)} most severe of ${counted(report.numRegions, 'region')}.` : '',
  cards: new Map(report.regions.map((region) => [region, regionCard(region)])),
  order() {
    const [key, downwards] = regionKeys[byId('region-sort').value];
    return byKey(key, downwards !== isPressed(byId('region-order')));
  },
  isWanted(region) {
    const given = byId('region-given').value;
    const predicted = byId('region-predicted').value;
    const mark = byId('region-mark').value;
    return (given === '' || region.given === Number(given)) &&
      (predicted === '' || region.predicted === Number(predicted)) &&
      (mark === '' || (marks.of(region.id) || 'none') === mark) &&
      (chosen.image === null || region.image === chosen.image) &&
      contains(imageName(images.get(region.image)), byId('region-name').value);
  },
});

function updateRegions() {
  const filters = ['region-given', 'region-predicted', 'region-name', 'region-mark'];
  byId('region-reset').hidden = chosen.image === null && filters.every((id) => byId(id).value === '');
  byId('region-image').hidden = chosen.image === null;
  if (chosen.image !== null)
    byId('region-image').replaceChildren('Image: ', isolated(shortened(imageName(images.get(chosen.image)), 80)), ' ✕');
  regionGallery.update();
}

function resetRegions() {
  for (const id of ['region-given', 'region-predicted', 'region-name', 'region-mark']) byId(id).value = '';
  chosen.image = null;
}

function showMarks() {
  for (const region of report.regions) {
    const card = regionGallery.card(region);
    card.dataset.marked = marks.of(region.id);
    card.querySelector('.badge').textContent = marks.of(region.id);
  }
}

// ---- Images

function imageCard(image) {
  const card = fromTemplate('image-card');
  const slot = (name) => card.querySelector(`[data-slot="${name}"]`);
  const regions = report.regions.filter((region) => region.image === image.index).length;
  card.dataset.image = image.index;
  const open = card.querySelector('.open');
  open.href = `#image-${image.index}`;
  open.setAttribute('aria-label', shortened(imageName(image), 200));
  slot('name').append(isolated(imageName(image)));
  slot('name').title = shortened(imageName(image), 300);
  slot('softmin').textContent = `softmin ${decimals(image.softmin, 4)}`;
  slot('issues').textContent = `${counted(image.issues, 'issue pixel')}${share(image)}`;
  slot('regions').textContent = regions ? counted(regions, 'region') + (report.numRegions ? ' shown' : '') : '';
  slot('regions').href = '#regions';
  slot('regions').addEventListener('click', (event) => {
    event.preventDefault();
    showRegionsOfImage(image.index);
  });
  showWhenNear(card, image);
  return card;
}

function share(image) { return image.valid > 0 ? ` (${decimals(100 * image.issues / image.valid, 2)} %)` : ''; }

const imageKeys = {
  softmin: [(image) => image.softmin, false],
  issues: [(image) => image.issues, true],
  name: [(image) => imageName(image), false],
};

const imageGallery = gallery({
  list: byId('image-list'),
  found: byId('image-found'),
  noun: 'image',
  things: report.images,
  cards: new Map(report.images.map((image) => [image, imageCard(image)])),
  order() {
    const [key, downwards] = imageKeys[byId('image-sort').value];
    return byKey(key, downwards !== isPressed(byId('image-order')));
  },
  isWanted(image) {
    return (chosen.bin === null || binOf(image.softmin) === chosen.bin) && contains(imageName(image), byId('image-name').value);
  },
});

function updateImages() {
  byId('image-reset').hidden = chosen.bin === null && byId('image-name').value === '';
  byId('image-scores').hidden = chosen.bin === null;
  if (chosen.bin !== null) {
    const [from, to] = binRange(chosen.bin);
    byId('image-scores').textContent = `Scores ${scoreText(from)} to ${scoreText(to)} ✕`;
  }
  imageGallery.update();
  if (chosen.bin !== null) {
    const shownHere = report.images.filter((image) => binOf(image.softmin) === chosen.bin).length;
    const all = report.histogram[chosen.bin];
    if (shownHere < all) byId('image-found').textContent += `, ${whole.format(all - shownHere)} more not in this report`;
  }
}

// ---- Links from one part of the page to another

function showRegionsOfSwap(given, predicted) {
  resetRegions();
  for (const [id, index] of [['region-given', given], ['region-predicted', predicted]]) {
    const select = byId(id);
    // A swap may have no region among those of the report: it is offered all the same, and none is found.
    if (![...select.options].some((option) => option.value === String(index)))
      select.append(new Option(shortened(className(index), 60), index));
    select.value = String(index);
  }
  updateRegions();
  go('#regions');
}

function showRegionsOfImage(index) {
  resetRegions();
  chosen.image = index;
  updateRegions();
  go('#regions');
}

function showImagesOfBin(bin) {
  chosen.bin = bin;
  byId('image-name').value = '';
  updateImages();
  go('#images');
}

function toggle(button, update) {
  button.addEventListener('click', () => {
    button.setAttribute('aria-pressed', String(!isPressed(button)));
    update();
  });
}

for (const id of ['region-sort', 'region-given', 'region-predicted', 'region-mark'])
  byId(id).addEventListener('change', updateRegions);
byId('region-name').addEventListener('input', updateRegions);
byId('image-sort').addEventListener('change', updateImages);
byId('image-name').addEventListener('input', updateImages);
toggle(byId('region-order'), updateRegions);
toggle(byId('image-order'), updateImages);
byId('region-reset').addEventListener('click', () => { resetRegions(); updateRegions(); });
byId('region-image').addEventListener('click', () => { chosen.image = null; updateRegions(); });
byId('image-reset').addEventListener('click', () => { chosen.bin = null; byId('image-name').value = ''; updateImages(); });
byId('image-scores').addEventListener('click', () => { chosen.bin = null; updateImages(); });
marks.onChange(showMarks);

offerClasses(byId('region-given'), 'given');
offerClasses(byId('region-predicted'), 'predicted');
// A browser fills in again what was chosen before a page is loaded anew, but not what a link had chosen.
for (const id of ['region-sort', 'image-sort']) byId(id).selectedIndex = 0;
resetRegions();
byId('image-name').value = '';
showMarks();
updateRegions();
updateImages();
)js";

} // namespace maskaudit::detail
