import com.amazonaws.xray.AWSXRay;
import com.amazonaws.xray.AWSXRayRecorder;
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.entities.Segment;
import com.amazonaws.xray.strategy.sampling.CentralizedSamplingStrategy;
import com.amazonaws.xray.strategy.sampling.SamplingRequest;
import com.amazonaws.xray.strategy.sampling.SamplingResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Decides about requests with the official X-Ray SDK for Java, as its servlet filter does; see test_sampling.py.
 *
 * <p>{@code java Sampling SECONDS KIND,SERVICE,METHOD,HOST,PATH,EVERY...} prints a line of JSON for each second.
 */
public final class Sampling {
    private static final long TICK_MILLIS = 50;

    private Sampling() {}

    public static void main(String[] words) throws InterruptedException {
        List<String[]> requests = new ArrayList<>();
        for (int number = 1; number < words.length; number++) {
            requests.add(words[number].split(","));
        }
        AWSXRayRecorder recorder = AWSXRayRecorderBuilder.standard()
                .withSamplingStrategy(new CentralizedSamplingStrategy())
                .build();
        AWSXRay.setGlobalRecorder(recorder);
        Map<String, Map<String, Map<String, Integer>>> counted = new TreeMap<>();
        long second = now();
        long until = System.nanoTime() + (long) (Double.parseDouble(words[0]) * 1e9);
        for (int ticks = 0; System.nanoTime() < until; ticks++) {
            for (String[] request : requests) {
                if (ticks % Integer.parseInt(request[5]) != 0) {
                    continue;
                }
                long before = now();
                String rule = decide(recorder, request[1], request[2], request[3], request[4]);
                long now = now();
                if (now != second) {
                    tell(second, counted);
                    counted.clear();
                    second = now;
                }
                // Where the second changed meanwhile, nobody but the SDK knows to which one it belongs.
                counted.computeIfAbsent(request[0], key -> new TreeMap<>())
                        .computeIfAbsent(before == now ? "within" : "between", key -> new TreeMap<>())
                        .merge(rule, 1, Integer::sum);
            }
            Thread.sleep(TICK_MILLIS);
        }
        tell(second, counted);
        System.exit(0); // the SDK's pollers would go on
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }

    /** Returns the rule that the segment says it was sampled by, "?" when it says none, and "no" when it was not. */
    private static String decide(AWSXRayRecorder recorder, String service, String method, String host, String path) {
        SamplingRequest request = new SamplingRequest(service, host, path, method, null);
        SamplingResponse response = recorder.getSamplingStrategy().shouldTrace(request);
        if (!response.isSampled()) {
            return "no";
        }
        Segment segment = recorder.beginSegment(service);
        response.getRuleName().ifPresent(segment::setRuleName);
        Object rule = ((Map<?, ?>) segment.getAws().get("xray")).get("rule_name");
        recorder.endSegment();
        return rule == null ? "?" : rule.toString();
    }

    private static void tell(long second, Map<String, ?> counted) {
        System.out.println("{\"at\":" + second + ",\"counted\":" + json(counted) + "}");
    }

    private static String json(Object value) {
        if (!(value instanceof Map)) {
            return value.toString();
        }
        return ((Map<?, ?>) value).entrySet().stream()
                .map(each -> "\"" + each.getKey() + "\":" + json(each.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }
}
