#pragma once

// The HTML of a report, as Mustache templates: {{name}} is replaced by escaped text, {{{name}}} by what it is, and the
// markup between {{#name}} and {{/name}} appears once for every element of a list.
//
// Whatever comes out of data is escaped text, here or in the JSON that the scripts read. Scripts and styles carry a
// nonce, a hash of names and regions, so that the browser would run hardly anything else even if some text were markup
// after all; and nothing may be loaded.

namespace maskaudit::detail {

inline constexpr const char* report_page_begin = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: blob:; style-src 'nonce-{{key}}'; script-src 'nonce-{{key}}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="maskaudit">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{{title}}</title>
<style nonce="{{key}}">{{{style}}}</style>
<script nonce="{{key}}">{{{theme_script}}}</script>
</head>
<body>

<header class="bar">
  <h1><bdi>{{title}}</bdi></h1>
  <nav aria-label="Views">
    <a href="#overview" data-view="overview">Overview</a>
    <a href="#regions" data-view="regions">Regions <span class="count">{{regions_shown}}</span></a>
    <a href="#images" data-view="images">Images <span class="count">{{images_shown}}</span></a>
  </nav>
  <div class="tools">
    <span class="progress" id="progress" role="status"></span>
    <button type="button" id="download" title="All marked regions, as a CSV file">Download marks</button>
    <button type="button" class="round" id="theme" title="Light or dark" aria-label="Switch between light and dark">◐</button>
    <button type="button" class="round" id="help" title="Keyboard (?)" aria-label="Keyboard shortcuts">?</button>
  </div>
</header>

<noscript><p class="notice">This report needs JavaScript to show its pictures. It loads nothing from elsewhere.</p></noscript>
<p class="notice" id="storage-notice" hidden>The browser keeps nothing for this page: marks last until it is closed. Download them before.</p>

<main>
<section id="view-overview" aria-label="Overview">
  <dl class="totals">
    <div><dt>Images</dt><dd>{{images}}</dd></div>
    <div><dt>Pixels with a label</dt><dd>{{pixels}}</dd></div>
    <div><dt>Issue pixels</dt><dd>{{issues}} <small>{{issue_share}}</small></dd></div>
    <div><dt>Images with issues</dt><dd>{{images_with_issues}} <small>{{images_with_issues_share}}</small></dd></div>
    <div><dt>Regions to go through</dt><dd>{{regions_shown}}{{#has_more_regions}} <small>most severe of {{num_regions}}</small>{{/has_more_regions}}</dd></div>
  </dl>

  <div class="panes">
    <section class="pane histogram-pane" aria-labelledby="histogram-title">
      <h2 id="histogram-title">Image scores</h2>
      <p class="hint">Softmin score of each of the {{images}} images: 0 is surely wrong, 1 surely right. Choose a bar to see its images.</p>
      <div class="histogram" id="histogram"></div>
      <label class="check"><input type="checkbox" id="log-scale" checked> logarithmic scale</label>
    </section>

    <section class="pane swaps-pane" aria-labelledby="swaps-title">
      <h2 id="swaps-title">Most frequent swaps</h2>
      <p class="hint">Issue pixels by given and predicted class. Choose one to see its regions{{#has_more_regions}}, if they are among those shown{{/has_more_regions}}.</p>
      <ol class="swaps" id="swaps"></ol>
    </section>

    <section class="pane matrix-pane" aria-labelledby="matrix-title">
      <h2 id="matrix-title">Given by predicted class</h2>
      <p class="hint" id="matrix-hint">Issue pixels; rows are the classes in the masks, columns those that the model sees.</p>
      <div class="matrix-scroll" id="matrix" tabindex="0" role="region" aria-labelledby="matrix-title"></div>
    </section>
  </div>

  {{#has_facts}}
  <dl class="facts">
    {{#facts}}
    <div><dt><bdi>{{name}}</bdi></dt><dd><bdi>{{value}}</bdi></dd></div>
    {{/facts}}
  </dl>
  {{/has_facts}}
</section>

<section id="view-regions" aria-label="Regions" hidden>
  <div class="filters" role="search" aria-label="Sort and filter regions">
    <label>Sort by
      <select id="region-sort">
        <option value="severity">severity</option>
        <option value="area">area</option>
        <option value="quality">mean quality</option>
        <option value="image">image</option>
      </select></label>
    <button type="button" class="order" id="region-order" aria-label="Reverse the order" aria-pressed="false">⇅</button>
    <label>Given <select id="region-given"></select></label>
    <label>Predicted <select id="region-predicted"></select></label>
    <label>Image <input type="search" id="region-name" placeholder="part of a name" spellcheck="false"></label>
    <label>Mark
      <select id="region-mark">
        <option value="">any</option>
        <option value="none">not marked</option>
        <option value="error">error</option>
        <option value="fine">fine</option>
        <option value="unsure">unsure</option>
      </select></label>
    <label class="blend">Overlay <input type="range" class="overlay-range" min="0" max="100" step="5" aria-label="Opacity of the issues over the picture"></label>
    <button type="button" class="chip" id="region-image" hidden></button>
    <button type="button" id="region-reset" hidden>Clear filters</button>
    <span class="found" id="region-found" role="status"></span>
  </div>
  <ul class="cards regions" id="region-list"></ul>
</section>

<section id="view-images" aria-label="Images" hidden>
  <div class="filters" role="search" aria-label="Sort and filter images">
    <label>Sort by
      <select id="image-sort">
        <option value="softmin">softmin score</option>
        <option value="issues">issue pixels</option>
        <option value="name">name</option>
      </select></label>
    <button type="button" class="order" id="image-order" aria-label="Reverse the order" aria-pressed="false">⇅</button>
    <label>Image <input type="search" id="image-name" placeholder="part of a name" spellcheck="false"></label>
    <label class="blend">Overlay <input type="range" class="overlay-range" min="0" max="100" step="5" aria-label="Opacity of the issues over the picture"></label>
    <button type="button" class="chip" id="image-scores" hidden></button>
    <button type="button" id="image-reset" hidden>Clear filters</button>
    <span class="found" id="image-found" role="status"></span>
  </div>
  <ul class="cards images" id="image-list"></ul>
</section>
</main>

<dialog id="viewer" aria-labelledby="viewer-title">
  <div class="stage" id="stage" tabindex="-1" autofocus>
    <figure class="pane-picture main"><figcaption id="main-caption"></figcaption><div class="frame"><div class="layers">
      <img data-layer="base" alt=""><img data-layer="overlay" class="overlay" alt="">
    </div></div></figure>
    <figure class="pane-picture"><figcaption>Given</figcaption><div class="frame"><div class="layers"><img data-layer="given" class="mask" alt=""></div></div></figure>
    <figure class="pane-picture"><figcaption>Predicted</figcaption><div class="frame"><div class="layers"><img data-layer="predicted" class="mask" alt=""></div></div></figure>
    <p class="no-picture">There is no picture of this image in the report.</p>
  </div>
  <aside>
    <div class="viewer-head">
      <h2 id="viewer-title"></h2>
      <button type="button" class="round" id="close" title="Close (Esc)" aria-label="Close">✕</button>
    </div>
    <div class="steps">
      <button type="button" id="previous" title="Previous (k)">‹ Previous</button>
      <span id="position"></span>
      <button type="button" id="next" title="Next (j)">Next ›</button>
    </div>
    <div class="marks" id="marks" role="group" aria-label="Mark this region">
      <button type="button" data-mark="error" aria-pressed="false">Error <kbd>e</kbd></button>
      <button type="button" data-mark="fine" aria-pressed="false">Fine <kbd>f</kbd></button>
      <button type="button" data-mark="unsure" aria-pressed="false">Unsure <kbd>u</kbd></button>
      <label class="check"><input type="checkbox" id="go-on"> go on to the next when marked <kbd>g</kbd></label>
    </div>
    <div id="viewer-swap" class="swap"></div>
    <dl class="details" id="details"></dl>
    <p id="viewer-link"></p>
    <div class="controls drawn">
      <div class="segments" role="group" aria-label="Picture under the issues">
        <button type="button" data-base="photo" aria-pressed="true">Photo <kbd>1</kbd></button>
        <button type="button" data-base="given" aria-pressed="false">Given <kbd>2</kbd></button>
        <button type="button" data-base="predicted" aria-pressed="false">Predicted <kbd>3</kbd></button>
      </div>
      <label class="blend">Overlay <input type="range" class="overlay-range" id="viewer-overlay" min="0" max="100" step="5" aria-label="Opacity of the issues over the picture"></label>
      <div class="zoom" role="group" aria-label="Zoom">
        <button type="button" id="zoom-out" aria-label="Zoom out">−</button>
        <output id="zoom-level">fit</output>
        <button type="button" id="zoom-in" aria-label="Zoom in">+</button>
        <button type="button" id="zoom-fit">Fit</button>
      </div>
    </div>
    <h3 class="drawn">Classes</h3>
    <ul class="legend" id="legend"></ul>
  </aside>
</dialog>

<dialog id="keys" class="sheet" aria-labelledby="keys-title">
  <h2 id="keys-title">Keyboard</h2>
  <dl>
    <div><dt><kbd>j</kbd> <kbd>k</kbd> or <kbd>→</kbd> <kbd>←</kbd></dt><dd>next, previous</dd></div>
    <div><dt><kbd>Enter</kbd></dt><dd>look at a region or an image closely</dd></div>
    <div><dt><kbd>e</kbd> <kbd>f</kbd> <kbd>u</kbd></dt><dd>mark a region as error, fine, unsure</dd></div>
    <div><dt><kbd>x</kbd> or <kbd>0</kbd></dt><dd>take the mark away</dd></div>
    <div><dt><kbd>g</kbd></dt><dd>go on to the next when one is marked, or not</dd></div>
    <div><dt><kbd>z</kbd></dt><dd>zoom: twice, four times, eight times, fit</dd></div>
    <div><dt><kbd>+</kbd> <kbd>−</kbd>, wheel, drag</dt><dd>zoom, and move the picture</dd></div>
    <div><dt><kbd>1</kbd> <kbd>2</kbd> <kbd>3</kbd></dt><dd>photo, given mask, predicted mask</dd></div>
    <div><dt><kbd>[</kbd> <kbd>]</kbd></dt><dd>less, more of the issues over the picture</dd></div>
    <div><dt><kbd>?</kbd></dt><dd>this help</dd></div>
    <div><dt><kbd>Esc</kbd></dt><dd>close</dd></div>
  </dl>
  <form method="dialog"><button>Close</button></form>
</dialog>

<template id="region-card">
  <li class="card region">
    <a class="open">
      <span class="picture"><span class="layers"><img data-layer="base" alt=""><img data-layer="overlay" class="overlay" alt=""></span></span>
      <span class="badge"></span>
    </a>
    <div class="about">
      <div class="swap" data-slot="swap"></div>
      <div class="numbers"><span data-slot="area"></span><span data-slot="severity"></span><span data-slot="quality"></span></div>
      <a class="name" data-slot="image"></a>
    </div>
  </li>
</template>

<template id="image-card">
  <li class="card image">
    <a class="open">
      <span class="picture large"><span class="layers"><img data-layer="base" alt=""><img data-layer="overlay" class="overlay" alt=""></span></span>
      <span class="trio">
        <span><span class="picture"><span class="layers"><img data-layer="given" class="mask" alt=""></span></span>given</span>
        <span><span class="picture"><span class="layers"><img data-layer="predicted" class="mask" alt=""></span></span>predicted</span>
        <span><span class="picture dark"><span class="layers"><img data-layer="overlay" class="mask" alt=""></span></span>issues</span>
      </span>
    </a>
    <div class="about">
      <div class="name" data-slot="name"></div>
      <div class="numbers"><span data-slot="softmin"></span><span data-slot="issues"></span><a data-slot="regions"></a></div>
    </div>
  </li>
</template>

<script type="application/json" id="report-data">
{{{data}}}
</script>
)html";

/// A picture: base64, inert until a script shows it. It is stored once, whoever shows it.
inline constexpr const char* report_picture =
    R"html(<script type="text/plain" id="{{id}}" data-type="{{type}}">{{{bytes}}}</script>
)html";

inline constexpr const char* report_page_end = R"html(
{{#scripts}}
<script nonce="{{key}}">{{{script}}}</script>
{{/scripts}}
</body>
</html>
)html";

/// What the scripts know of the report. The quotes around text are those of JSON, for which it is escaped.
inline constexpr const char* report_data = R"json({
"key": "{{key}}",
"axes": {{axes}},
"numRegions": {{num_regions}},
"ignored": "{{ignored}}",
"binsOfOne": {{bins_of_one}},
"firstBin": {{first_bin}},
"histogram": [{{#histogram}}{{comma}}{{count}}{{/histogram}}],
"classes": [{{#classes}}{{comma}}
{"index": {{index}}, "name": "{{name}}", "color": "{{color}}"}{{/classes}}],
"swaps": [{{#swaps}}{{comma}}
{"given": {{given}}, "predicted": {{predicted}}, "pixels": {{pixels}}}{{/swaps}}],
"images": [{{#images}}{{comma}}
{"index": {{index}}, "name": "{{name}}", "softmin": {{softmin}}, "score": {{score}}, "issues": {{issues}}, "valid": {{valid}}, "width": {{width}}, "height": {{height}}, "photo": {{photo}}, "classes": [{{present}}]}{{/images}}],
"regions": [{{#regions}}{{comma}}
{"image": {{image}}, "begin": [{{begin}}], "end": [{{end}}], "given": {{given}}, "predicted": {{predicted}}, "area": {{area}}, "severity": {{severity}}, "quality": {{quality}}, "certainty": {{certainty}}, "window": [{{window}}], "width": {{width}}, "height": {{height}}, "photo": {{photo}}, "classes": [{{present}}]}{{/regions}}]
})json";

} // namespace maskaudit::detail
