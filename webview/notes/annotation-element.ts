import { LitElement } from "lit";
import { property, state } from "lit/decorators.js";

import type { Annotation } from "../../src/protocol/annotations.js";
import { type DashboardHost, reasonOf } from "../host.js";

/** What is written to a study or a trial, and can be changed in place. */
export class AnnotationElement extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  /** The trial's number; null: the study itself. */
  @property({ attribute: false }) accessor trial: number | null = null;
  /** Why it cannot be changed. */
  @property({ attribute: false }) accessor blocked: string | null = null;
  @state() protected accessor isSaving = false;
  @state() protected accessor problem: string | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** One at a time. @returns whether it was stored, and belongs to what is still shown: another trial may have been opened meanwhile. */
  protected async store(annotation: Annotation): Promise<boolean> {
    if (this.isSaving) return false;
    const isShown = () => annotation.trial === this.trial;
    this.isSaving = true;
    this.problem = null;
    try {
      await this.host.annotate(annotation);
      return isShown();
    } catch (error) {
      if (isShown()) this.problem = reasonOf(error);
      return false;
    } finally {
      this.isSaving = false;
    }
  }

  protected async focusIn(selector: string): Promise<void> {
    await this.updateComplete;
    this.querySelector<HTMLElement>(selector)?.focus();
  }
}
