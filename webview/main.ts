// Shared by what comes after: cards and parts of the page import their own styles.
import "./base.css";
import "./card.css";
import "./facts.css";
import "./toolkit.js";
import "./charts/chart-card.js";
import { loadChartView } from "./charts/chart-view-part.js";
import "./table/filter-bar.js";
import "./table/trial-comparison.js";
import "./table/trial-details.js";
import "./table/trial-grid.js";
import "./table/trials-card.js";
import "./dashboard.js";

// Where it fails, the cards of charts say so.
loadChartView().catch(() => {});
