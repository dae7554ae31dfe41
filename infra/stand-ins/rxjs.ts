/**
 * In a bundle instead of `rxjs` and `rxjs/operators`, which would be a sixth of Aura's: neo4j-driver's reactive sessions
 * need it, of which none is opened here. Only their methods refer to it, nothing that runs when the driver is loaded.
 */
export {}
