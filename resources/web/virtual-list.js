// A scrolling list that keeps only the rows in sight in the page, whatever its length. Rows may have any
// height: each is measured once it was shown, until then its height is guessed.
//
// Rows lie at absolute places inside one box as high as all of them. A list that `sticks` stays at its end
// while the person is there; else the first row in sight stays where it is, whatever changes above it.

const OVERSCAN_PX = 400;
const END_SLACK_PX = 48;

export class VirtualList {
  /**
   * @param {HTMLElement} scroller the element that scrolls
   * @param {object} options
   * @param {HTMLElement} options.box its child that holds the rows
   * @param {(item: object) => string} options.keyOf
   * @param {(item: object) => string|number} options.revisionOf a row is made anew when this changes
   * @param {(item: object, old: HTMLElement|null) => HTMLElement} options.renderRow may return `old`, changed
   * @param {number} options.guessPx height of a row that was not seen yet
   * @param {boolean} [options.sticks]
   * @param {() => void} [options.onMoved] the person scrolled
   */
  constructor(scroller, { box, keyOf, revisionOf, renderRow, guessPx, sticks = false, onMoved = () => {} }) {
    Object.assign(this, { scroller, box, keyOf, revisionOf, renderRow, guessPx, sticks, onMoved });
    this.items = [];
    this.offsets = new Float64Array(1);
    this.heights = new Map();
    this.rows = new Map();
    this.isAtEnd = sticks;
    this.anchor = null;
    this.widthPx = 0;
    scroller.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    new ResizeObserver(() => this.#onResize()).observe(scroller);
  }

  /** Show these items; call once a frame at most. */
  show(items) {
    this.items = items;
    this.render();
  }

  /** Forget rows and heights and begin at the end (or the start): for other items altogether. */
  restart() {
    for (const { element } of this.rows.values()) element.remove();
    this.rows.clear();
    this.heights.clear();
    this.anchor = null;
    this.isAtEnd = this.sticks;
    if (!this.sticks) this.scroller.scrollTop = 0;
  }

  render() {
    if (!this.scroller.clientHeight) return;
    this.#place();
    for (let pass = 0; pass < 4; pass += 1) {
      this.#draw();
      if (!this.#measure()) break;
      this.#place();
    }
  }

  scrollToEnd() {
    this.isAtEnd = true;
    this.render();
  }

  /** Bring an item into sight and return its row. */
  reveal(index, isAtTop = false) {
    const topPx = this.offsets[index];
    const bottomPx = this.offsets[index + 1];
    const viewPx = this.scroller.clientHeight;
    if (isAtTop || topPx < this.scroller.scrollTop) this.#scrollTo(topPx);
    else if (bottomPx > this.scroller.scrollTop + viewPx) this.#scrollTo(bottomPx - viewPx);
    this.#note();
    this.render();
    return this.rows.get(this.keyOf(this.items[index]))?.element ?? null;
  }

  /** Return the index of the row that an element is in, -1 for none. */
  indexOf(element) {
    for (const [key, row] of this.rows) {
      if (row.element.contains(element)) return this.items.findIndex((item) => this.keyOf(item) === key);
    }
    return -1;
  }

  #scrollTo(px) {
    if (Math.abs(this.scroller.scrollTop - px) > 0.5) this.scroller.scrollTop = px;
  }

  #onScroll() {
    this.#note();
    this.render();
    this.onMoved();
  }

  #onResize() {
    if (this.widthPx !== this.scroller.clientWidth) {
      this.widthPx = this.scroller.clientWidth;
      this.heights.clear();
      for (const row of this.rows.values()) row.isMeasured = false;
    }
    this.render();
  }

  /** Remember where the person is. */
  #note() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    this.isAtEnd = this.sticks && scrollHeight - scrollTop - clientHeight <= END_SLACK_PX;
    const index = this.#indexAt(scrollTop - this.box.offsetTop);
    const item = this.items[index];
    this.anchor = item ? { key: this.keyOf(item), deltaPx: scrollTop - this.offsets[index] } : null;
  }

  /** Sum up the heights, and put the view where it was. */
  #place() {
    const { items, heights, guessPx } = this;
    const offsets = this.offsets.length > items.length ? this.offsets : new Float64Array(items.length * 2 + 1);
    let sumPx = 0;
    let anchorPx = null;
    for (let index = 0; index < items.length; index += 1) {
      const key = this.keyOf(items[index]);
      offsets[index] = sumPx;
      if (this.anchor?.key === key) anchorPx = sumPx + this.anchor.deltaPx;
      sumPx += heights.get(key) ?? guessPx;
    }
    offsets[items.length] = sumPx;
    this.offsets = offsets;
    this.box.style.height = `${sumPx}px`;
    if (this.isAtEnd) this.#scrollTo(this.scroller.scrollHeight - this.scroller.clientHeight);
    else if (anchorPx !== null) this.#scrollTo(anchorPx);
  }

  /** Return the last index that begins at or before a place. */
  #indexAt(px) {
    let low = 0;
    let high = this.items.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.offsets[middle] <= px) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #draw() {
    const topPx = this.scroller.scrollTop - this.box.offsetTop;
    const first = this.#indexAt(topPx - OVERSCAN_PX);
    const last = this.#indexAt(topPx + this.scroller.clientHeight + OVERSCAN_PX);
    const wanted = [];
    for (let index = first; index <= last && index < this.items.length; index += 1) wanted.push(index);
    // The row that has the keyboard stays, or the focus would be lost.
    const focused = this.box.contains(document.activeElement) ? this.indexOf(document.activeElement) : -1;
    if (focused >= 0 && focused < first) wanted.unshift(focused);
    if (focused > last) wanted.push(focused);
    const keys = new Set(wanted.map((index) => this.keyOf(this.items[index])));
    for (const [key, row] of this.rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.rows.delete(key);
    }
    let previous = null;
    for (const index of wanted) previous = this.#drawRow(index, previous);
  }

  #drawRow(index, previous) {
    const item = this.items[index];
    const key = this.keyOf(item);
    const revision = this.revisionOf(item);
    let row = this.rows.get(key);
    if (!row || row.revision !== revision) {
      const element = this.renderRow(item, row?.element ?? null);
      if (row && element !== row.element) replaceKeepingFocus(row.element, element);
      row = { element, revision, isMeasured: false };
      this.rows.set(key, row);
    }
    const { element } = row;
    element.style.transform = `translateY(${this.offsets[index]}px)`;
    element.setAttribute('aria-setsize', this.items.length);
    element.setAttribute('aria-posinset', index + 1);
    const next = previous ? previous.nextSibling : this.box.firstChild;
    if (element !== next) this.box.insertBefore(element, next);
    return element;
  }

  /** Measure the rows that are new; `true` if the guesses were wrong. */
  #measure() {
    let isWrong = false;
    for (const [key, row] of this.rows) {
      if (row.isMeasured) continue;
      row.isMeasured = true;
      const heightPx = row.element.offsetHeight;
      if (this.heights.get(key) !== heightPx) {
        this.heights.set(key, heightPx);
        isWrong = true;
      }
    }
    return isWrong;
  }
}

function replaceKeepingFocus(old, fresh) {
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(fresh);
  if (hadFocus) fresh.querySelector('button')?.focus({ preventScroll: true });
}
