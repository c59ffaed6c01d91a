/** The bundler imports an icon as a string. */
declare module "*.svg" {
  const text: string;
  export default text;
}

declare module "*.css";
