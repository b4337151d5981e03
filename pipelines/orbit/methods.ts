/** Three ways to advance a planet by one step of h, around a star of mass 1 at the origin. A year lasts 2π. */

export const METHODS = ['euler', 'midpoint', 'runge-kutta'] as const;
export type Method = (typeof METHODS)[number];

/** Position and velocity in the plane: x, y, vx, vy. */
export type Planet = readonly [x: number, y: number, vx: number, vy: number];

export const ADVANCE: Readonly<Record<Method, (planet: Planet, h: number) => Planet>> = {
  euler: (planet, h) => moved(planet, h, motion(planet)),
  midpoint: (planet, h) => moved(planet, h, motion(moved(planet, h / 2, motion(planet)))),
  'runge-kutta': (planet, h) => {
    const k1 = motion(planet);
    const k2 = motion(moved(planet, h / 2, k1));
    const k3 = motion(moved(planet, h / 2, k2));
    const k4 = motion(moved(planet, h, k3));
    return moved(moved(moved(moved(planet, h / 6, k1), h / 3, k2), h / 3, k3), h / 6, k4);
  },
};

/** How fast position and velocity change: by the velocity, and by the star's pull. */
function motion([x, y, vx, vy]: Planet): Planet {
  const r3 = (x * x + y * y) * Math.sqrt(x * x + y * y);
  return [vx, vy, -x / r3, -y / r3];
}

function moved([x, y, vx, vy]: Planet, h: number, [dx, dy, dvx, dvy]: Planet): Planet {
  return [x + h * dx, y + h * dy, vx + h * dvx, vy + h * dvy];
}
