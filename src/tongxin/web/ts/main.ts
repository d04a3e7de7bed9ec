// The script of every page: what the pages need beyond htmx is imported here.
export {};
