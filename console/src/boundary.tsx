// A page that fails must not take the menu with it.

import { Component, type ComponentChildren } from "preact";
import { ErrorNote } from "./ui/errors";

export class Boundary extends Component<{ children: ComponentChildren }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static override getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ComponentChildren {
    const { error } = this.state;
    return error === undefined ? (
      this.props.children
    ) : (
      <ErrorNote error={error} again={() => this.setState({ error: undefined })} />
    );
  }
}
