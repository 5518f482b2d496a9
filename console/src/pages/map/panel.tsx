import type { MapAnswer } from "../../api/index.ts";
import { SidePanel } from "../../ui/index.ts";
import { selected } from "./state.ts";

export function MapPanel({ map, onClose }: { map: MapAnswer; onClose: () => void }) {
  const node = map.nodes.find((one) => one.id === selected.value);
  return (
    <SidePanel name="map" title={node?.name ?? selected.value} onClose={onClose}>
      {null}
    </SidePanel>
  );
}
