// Countries and languages by the names that people have for them.

const regions = new Intl.DisplayNames(undefined, { type: "region" });

/** "Germany" for DE; what is none stays as it is. */
export function country(code: string): string {
  try {
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}

/** "Southern Sotho" for SOUTHERN_SOTHO. */
export function language(name: string): string {
  if (name === "ALL") return "Any language";
  return name
    .split("_")
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join(" ");
}
