import com.amazonaws.xray.AWSXRay;
import com.amazonaws.xray.AWSXRayRecorder;
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.entities.Segment;
import com.amazonaws.xray.strategy.sampling.CentralizedSamplingStrategy;
import com.amazonaws.xray.strategy.sampling.SamplingRequest;
import com.amazonaws.xray.strategy.sampling.SamplingResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Decides about requests with the official X-Ray SDK for Java, as its servlet filter does; see test_sampling.py.
 *
 * <p>{@code java Sampling PREFIX SECONDS} prints a line of JSON for each second.
 */
public final class Sampling {
    private static final String[] NAMES = {"api", "rate", "gone", "none", "all"};
    private static final int EACH_TICK = 2;
    private static final int SELDOM = 5;

    private Sampling() {}

    public static void main(String[] words) throws InterruptedException {
        String prefix = words[0];
        AWSXRayRecorder recorder = AWSXRayRecorderBuilder.standard()
                .withSamplingStrategy(new CentralizedSamplingStrategy())
                .build();
        AWSXRay.setGlobalRecorder(recorder);
        Map<String, int[]> counted = new LinkedHashMap<>();
        long second = System.currentTimeMillis() / 1000;
        long until = System.nanoTime() + (long) (Double.parseDouble(words[1]) * 1e9);
        for (int ticks = 0; System.nanoTime() < until; ticks++) {
            for (String name : NAMES) {
                boolean isSeldom = name.equals("none") || name.equals("all");
                if (isSeldom && ticks % SELDOM != 0) {
                    continue;
                }
                for (int number = 0; number < EACH_TICK; number++) {
                    String method = name.equals("all") ? "POST" : "GET";
                    boolean sampled = decide(recorder, prefix + "-" + name, method, "/" + name + "/x");
                    long now = System.currentTimeMillis() / 1000;
                    if (now != second) {
                        print(second, counted);
                        counted.clear();
                        second = now;
                    }
                    int[] both = counted.computeIfAbsent(name, key -> new int[2]);
                    both[0]++;
                    both[1] += sampled ? 1 : 0;
                }
            }
            Thread.sleep(100);
        }
        System.exit(0); // the SDK's pollers would go on
    }

    private static boolean decide(AWSXRayRecorder recorder, String service, String method, String path) {
        SamplingRequest request = new SamplingRequest(service, "shop.test", path, method, null);
        SamplingResponse response = recorder.getSamplingStrategy().shouldTrace(request);
        if (response.isSampled()) {
            Segment segment = recorder.beginSegment(service);
            segment.setSampled(true);
            response.getRuleName().ifPresent(segment::setRuleName);
            recorder.endSegment();
        }
        return response.isSampled();
    }

    private static void print(long second, Map<String, int[]> counted) {
        String all = counted.entrySet().stream()
                .map(each -> "\"" + each.getKey() + "\":[" + each.getValue()[0] + "," + each.getValue()[1] + "]")
                .collect(Collectors.joining(","));
        System.out.println("{\"at\":" + second + ",\"counted\":{" + all + "}}");
    }
}
