// The component library: what pages are made of.

export * from "./basics";
export * from "./code";
export * from "./dialog";
export * from "./errors";
export * from "./filters";
export * from "./form";
export * from "./format";
export * from "./icon";
export * from "./live";
export * from "./number";
export * from "./opened";
export * from "./pairs";
export * from "./prose";
export * from "./table";
export * from "./time";
export { toast, toastError } from "./toast";
