/** In place of hammer.js, which chartjs-plugin-zoom needs for gestures on a touch screen only, and which nobody maintains any more. */
export default null;
