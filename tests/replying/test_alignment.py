"""Statements held against statements: what a reply may say of a number, a thing and a denial."""

import pytest

from assistant.replying.bounds import bounds
from assistant.replying.factlock import allowed
from assistant.replying.facts import facts
from assistant.replying.glossary import words
from assistant.replying.polarity import denials, denies
from assistant.text import normalise

RETURNS = "商品签收后7天内可退货，15天内可换货。退货运费由买家承担，换货运费由我们承担。定制商品不支持退换。"
CARDS = "Gold card holders can spend up to $10,000 a month. Ordinary card holders can spend up to $3,000 a month. There is no annual fee for gold cards; ordinary cards cost $20 a year."
BREAKFAST = "Breakfast is served from 7:00 to 10:00 on weekdays and from 8:00 to 11:00 at weekends. Children under 6 eat free. Dogs are not allowed in the restaurant."
GYM = "健身房周一至周六6:00至22:00开放，周日闭馆。会员可免费使用泳池，非会员每次收费50元。私教课须提前24小时预约，迟到超过15分钟视为放弃。"
COVER = "The policy covers water damage up to €5,000 per claim. Flood damage is not covered. Claims must be filed within 30 days of the damage, with photos. The excess is €150."
TICKETS = "Tickets can be refunded in full up to 48 hours before the show. After that, only an exchange is possible, for a fee of £4 per ticket. Seats in the balcony are not numbered."
BANK = "实名认证需本人持身份证到网点办理，审核3个工作日。单笔转账限额5万元，每日累计不超过20万元。转账到他行每笔手续费2元，本行转账免费。"
LIBRARY = "Books can be borrowed for 3 weeks and renewed twice. DVDs can be borrowed for 1 week and cannot be renewed. A lost book costs £15. Reading room: Tuesday to Friday, 10am to 6pm."
HOTEL = "酒店入住时间为下午3点后，退房时间为中午12点前。宠物需另付清洁费100元/晚。停车场对住客免费，访客每小时10元。"
PARCELS = "To return an item, print the label from your account and drop the parcel at any post office. Sale items can only be exchanged. Refunds reach your account within 10 working days."
PASSPORT = "首次申请护照工本费120元，换发160元。未满16周岁须由监护人陪同。办理时限为7个工作日，加急3个工作日，加急费另计80元。"
BUS = "The Northline pass costs £48 a month and is valid on all buses. Trains are not included. Students with a valid card pay £30 a month."
BAKING = "烘焙课每周三、周六下午2点开课，每节90分钟，费用180元，含材料。需提前2天预约，迟到20分钟以上不予入场。"
ROOMS = "To cancel a hotel booking, email stay@bluecove.example at least 3 days before arrival. Later cancellations are charged one night. Group bookings of 10 or more rooms cannot be cancelled."
COOLING = "空调免费安装，延长铜管每米加收80元。整机质保6年，压缩机质保10年。安装请拨打400-812-3377预约。"
BLOOD = "Blood tests are done Monday to Thursday from 7:30 to 10:00 without an appointment. Please do not eat for 8 hours beforehand. Results are ready after 2 working days."
CREDIT = "信用卡还款日为每月18日，最低还款额为账单金额的10%。逾期按每日万分之五计息。容时期为3天。"
PHONES = "Our phones come with a 2-year warranty. The battery is covered for 12 months. Accidental damage and water damage are not covered."
THEATRE = "亲子票198元，含1大1小；成人票128元；1.2米以下儿童免票。演出当天不可退票，提前3天可全额退款。"
WORKSHOPS = "Members get 15% off workshops; non-members pay full price. Workshops start at 18:30 and last two hours. Bring your own apron."
COURSES = "转专业申请在第二学期第4周提交，须平均成绩80分以上且无挂科。每名学生只能申请一次。结果在第8周公布。"
BROADBAND = "Home broadband is installed within 5 working days of your order. Installation costs £30 unless you take the 24-month contract, when it is free. Our engineers work Monday to Saturday."
TRAVEL = "旅游意外险每人每天5元，最多承保30天。高风险运动不在保障范围内。出险后请在24小时内拨打95588报案。"
PARKING = "Parking: the first 30 minutes are free, after that €2 per hour, capped at €15 a day. Electric cars may use bays 1 to 8 only. Overnight parking is not permitted."
READING = "图书馆一楼为儿童阅览区，二楼为自习区。自习区座位须提前一天预约，爽约3次暂停预约资格7天。打印每页0.3元。"
TRAINS = "Cardholders aged 18 to 25 save a third on train tickets. The card costs $35 for one year and can be renewed online. It cannot be used before 9:30 on weekdays."
MEALS = "外卖满30元起送，配送费5元，会员免配送费。餐品问题请在2小时内反馈，核实后3个工作日内退款。"
MUSEUM = "The museum opens daily except Tuesday, 9am to 5pm. Last entry is at 4pm. Photography is allowed without flash. Guided tours cost $12 and must be booked by email at tours@museum.example."
CARS = "租车押金3000元，还车后15个工作日内退还。超时4小时以内按小时收费，超过4小时按一天计。车辆仅限本市行驶。"
REPAIRS = "Our repair centre charges a diagnosis fee of £25, which is deducted from the repair bill. Repairs usually take 7 to 10 days. Uncollected devices are recycled after 90 days."
BIRTHS = "新生儿落户须在出生后30日内办理，携带出生证、父母身份证和结婚证。办理免费，当场出具户口页。"
GLASSES = "Prescription glasses take 5 working days to make. Sunglasses can be taken home the same day. Eye tests cost €25 and are free if you buy glasses within 30 days."
BUILDING = "物业费每季度首月10日前缴纳，逾期每日加收千分之三。装修须提前7天报备并缴纳押金2000元，周末及节假日禁止施工。"
TENNIS = "Junior tennis courts are open to members only. Racket hire is £3 per session and balls are included. Lessons for beginners start every Monday at 5pm."
POINTS = "会员积分每消费10元累计1分，100分可抵1元。积分每年12月31日清零。积分不可转让，不可兑换现金。"
ZIPS = "We repair zips and seams for free for life. Other repairs are quoted individually. Send items to Alpkit Care, Unit 4, Dale Road. Please wash items before sending."
RAIL = "高铁票开车前8天以上退票不收手续费；48小时以上收5%；24至48小时收10%；不足24小时收20%。"
SAVINGS = "Our savings account pays 2.5% on balances up to £10,000 and 1% above that. Interest is paid monthly. You need to be 16 or over to open one."
WARD = "住院需缴纳押金5000元，出院时多退少补。探视时间为每天15:00至17:00，ICU每次限1人。陪护床每晚20元。"
SHUTTLE = "Our shuttle runs every 20 minutes between the airport and the hotel from 5am to midnight. The ride costs $6 for adults; children under 10 ride free. Large bags cost $2 each."
READER = "电子书阅读器保修一年，屏幕人为损坏需付费维修，维修费260元。购买延保可延长至三年，延保价99元。"
DONATIONS = "Donations over £30 receive a tax receipt by email. Monthly donors can pause or cancel in their profile. We do not accept donations in cryptocurrency."
YOGA = "瑜伽馆体验课39元，限新学员，每人一次。月卡399元，有效期31天，不可退款但可转让一次。"
ACCOUNTS = "Standard accounts hold up to 20 users. Business accounts hold up to 200 users and include phone support. Both can be upgraded at any time, but downgrades take effect at the next renewal."
SCHOOL = "外地户籍子女入学须提供居住证和社保满12个月的证明，网上报名时间为5月6日至5月15日，逾期不予受理。"


@pytest.mark.parametrize(
    ("passage", "asked", "reply", "language"),
    [
        (RETURNS, "退货几天内", "签收后一周内可以退货。", "zh"),
        (RETURNS, "换货几天内", "换货的话是15天内。", "zh"),
        (RETURNS, "How long can I exchange?", "You can exchange it within 15 days of receiving it.", "en"),
        (RETURNS, "退货运费谁出", "退货的话运费要您自己出。", "zh"),
        (RETURNS, "定制的能退吗", "定制的商品退不了哦。", "zh"),
        (CARDS, "gold limit", "With a gold card you can spend as much as $10,000 each month.", "en"),
        (CARDS, "金卡有年费吗", "金卡没有年费。", "zh"),
        (CARDS, "普通卡年费", "普通卡一年收20美元。", "zh"),
        (BREAKFAST, "周末早餐", "周末早餐8点到11点供应。", "zh"),
        (BREAKFAST, "kids", "Children under 6 eat free.", "en"),
        (BREAKFAST, "孩子免费吗", "6岁以下的儿童用餐免费。", "zh"),
        (BREAKFAST, "can I bring my dog to the restaurant", "I'm afraid dogs can't come into the restaurant.", "en"),
        (GYM, "周日开吗", "周日不开放。", "zh"),
        (GYM, "Is the gym open on Sunday?", "The gym is closed on Sundays.", "en"),
        (GYM, "泳池收费吗", "会员用泳池不收费。", "zh"),
        (GYM, "How much is the pool for non-members?", "Non-members pay 50 yuan per visit for the pool.", "en"),
        (GYM, "私教课怎么约", "私教课要提前一天预约。", "zh"),
        (COVER, "flood?", "Flood damage isn't covered.", "en"),
        (COVER, "报案期限", "损失发生后30天内要提交理赔，并附上照片。", "zh"),
        (COVER, "excess", "Your excess comes to €150.", "en"),
        (TICKETS, "refund", "You can get a full refund until two days before the show.", "en"),
        (BANK, "限额", "每日累计最多20万元。", "zh"),
        (BANK, "fee", "Transfers to other banks cost 2 yuan each.", "en"),
        (BANK, "how long", "The check takes three business days.", "en"),
        (LIBRARY, "dvd", "A DVD can be kept for one week.", "en"),
        (LIBRARY, "书能借多久", "书可以借三周，能续借两次。", "zh"),
        (LIBRARY, "lost", "Losing a book costs you £15.", "en"),
        (HOTEL, "几点退房", "请在中午12点之前退房。", "zh"),
        (HOTEL, "check in", "You can check in after 3pm.", "en"),
        (HOTEL, "停车", "访客停车每小时10元。", "zh"),
        (HOTEL, "parking", "Hotel guests park for free.", "en"),
        (HOTEL, "宠物", "宠物清洁费每晚100元。", "zh"),
        (PARCELS, "sale", "Items on sale can be exchanged, but not refunded.", "en"),
        (PARCELS, "how", "Print the label from your account and take the parcel to a post office.", "en"),
        (PARCELS, "多久退款", "退款10个工作日内到账。", "zh"),
        (PASSPORT, "多少钱", "首次申请120元，换发是160元。", "zh"),
        (PASSPORT, "urgent", "The urgent service takes 3 working days and costs 80 yuan extra.", "en"),
        (PASSPORT, "我15岁", "未满16岁的话要监护人陪着去。", "zh"),
        (BUS, "trains?", "Trains aren't part of the pass.", "en"),
        (BUS, "我是学生", "凭有效学生证每月30英镑。", "zh"),
        (BAKING, "when", "Baking classes start at 2 pm on Wednesdays and Saturdays.", "en"),
        (BAKING, "多少钱", "一节课180元，材料费已经包含在内。", "zh"),
        (BAKING, "how to book", "Please book two days ahead.", "en"),
        (BAKING, "我会迟到10分钟", "迟到20分钟以上就不能入场了。", "zh"),
        (BAKING, "多久", "每节课一个半小时。", "zh"),
        (ROOMS, "cancel", "Email stay@bluecove.example three days or more before you arrive.", "en"),
        (ROOMS, "太晚取消", "晚于3天取消的话会收一晚的费用。", "zh"),
        (ROOMS, "group", "Groups of ten rooms or more can't be cancelled.", "en"),
        (COOLING, "安装收费吗", "安装是免费的，铜管要延长的话每米收80元。", "zh"),
        (COOLING, "warranty", "The compressor is under warranty for ten years.", "en"),
        (COOLING, "约安装", "请打400-812-3377约安装时间。", "zh"),
        (BLOOD, "when", "Blood tests run from 7:30 until 10 in the morning, Monday to Thursday.", "en"),
        (BLOOD, "要预约吗", "抽血不用预约。", "zh"),
        (BLOOD, "eat", "Don't eat for eight hours before the test.", "en"),
        (BLOOD, "results", "Your results will be there after two business days.", "en"),
        (CREDIT, "几号还款", "每月18号还款。", "zh"),
        (CREDIT, "minimum", "The minimum payment is 10% of the bill.", "en"),
        (CREDIT, "宽限", "有3天的容时期。", "zh"),
        (PHONES, "battery", "The battery has a one-year warranty.", "en"),
        (PHONES, "进水保吗", "进水不在保修范围内。", "zh"),
        (PHONES, "手机保多久", "手机质保两年。", "zh"),
        (THEATRE, "票价", "亲子票198元，一大一小。", "zh"),
        (THEATRE, "refund", "You can get a full refund up to three days ahead.", "en"),
        (THEATRE, "今天演出能退吗", "演出当天退不了票。", "zh"),
        (THEATRE, "kids", "Children under 1.2 metres get in free.", "en"),
        (WORKSHOPS, "price", "Members pay 15% less for workshops.", "en"),
        (WORKSHOPS, "when", "Workshops begin at half past six in the evening and take two hours.", "en"),
        (WORKSHOPS, "围裙", "请自带围裙。", "zh"),
        (WORKSHOPS, "会员优惠", "会员参加工作坊打八五折。", "zh"),
        (COURSES, "条件", "平均成绩要在80分以上，而且没有挂科。", "zh"),
        (COURSES, "how often", "Each student may apply only once.", "en"),
        (COURSES, "results", "Results come out in week 8.", "en"),
        (BROADBAND, "when", "Your broadband gets installed no later than five business days after you order.", "en"),
        (BROADBAND, "安装费", "签24个月合约的话免安装费。", "zh"),
        (TRAVEL, "多少钱", "一个人一天5元。", "zh"),
        (TRAVEL, "最长多久", "最长可以保30天。", "zh"),
        (TRAVEL, "how to report", "Call 95588 within a day of the accident.", "en"),
        (TRAVEL, "潜水保吗", "高风险运动是不保的。", "zh"),
        (PARKING, "price", "After the first half hour you pay €2 an hour, up to €15 a day.", "en"),
        (PARKING, "过夜", "不能过夜停车。", "zh"),
        (PARKING, "最多", "每天最多收15欧元。", "zh"),
        (READING, "哪里自习", "自习区在二楼。", "zh"),
        (READING, "where do kids read", "The children's reading area is on the first floor.", "en"),
        (READING, "打印", "打印一页三毛钱。", "zh"),
        (READING, "爽约", "爽约3次以后7天内不能预约。", "zh"),
        (TRAINS, "saving", "With the card you get a third off train tickets if you're between 18 and 25.", "en"),
        (TRAINS, "price", "The card is $35 for a year.", "en"),
        (TRAINS, "早上八点能用吗", "工作日9点半之前不能用。", "zh"),
        (MEALS, "起送", "满30元起送，配送费是5元。", "zh"),
        (MEALS, "member", "Members don't pay for delivery.", "en"),
        (MEALS, "餐有问题", "请在两小时内反馈，核实后会在3个工作日内退款。", "zh"),
        (MUSEUM, "tuesday", "The museum is closed on Tuesdays.", "en"),
        (MUSEUM, "周二", "周二不开馆。", "zh"),
        (MUSEUM, "last", "The last admission is at four in the afternoon.", "en"),
        (MUSEUM, "tour", "A guided tour is $12; please book by email at tours@museum.example.", "en"),
        (CARS, "押金", "押金3000元，还车后15个工作日内退。", "zh"),
        (CARS, "deposit", "The deposit is returned within 15 business days of handing the car back.", "en"),
        (CARS, "超时5小时", "超过4小时就按一天算。", "zh"),
        (CARS, "出市", "车只能在本市开。", "zh"),
        (REPAIRS, "fee", "The diagnosis costs £25, and we take that off your repair bill.", "en"),
        (REPAIRS, "how long", "Repairs take a week to ten days as a rule.", "en"),
        (REPAIRS, "不取", "90天不取的设备会被回收。", "zh"),
        (BIRTHS, "期限", "出生后30天内要办。", "zh"),
        (BIRTHS, "材料", "要带出生证、父母的身份证和结婚证。", "zh"),
        (BIRTHS, "cost", "It's free, and you get the household register page on the spot.", "en"),
        (GLASSES, "how long", "Your glasses will be ready in five business days.", "en"),
        (GLASSES, "test", "An eye test is €25, but it's free if you buy glasses within 30 days.", "en"),
        (GLASSES, "验光多少钱", "验光25欧元。", "zh"),
        (GLASSES, "墨镜", "太阳镜当天就能拿走。", "zh"),
        (BUILDING, "什么时候交", "每季度第一个月的10号之前交。", "zh"),
        (BUILDING, "逾期", "逾期每天加收0.3%。", "zh"),
        (BUILDING, "周末能装修吗", "周末不能施工。", "zh"),
        (BUILDING, "deposit", "You need to pay a 2,000 yuan deposit and give 7 days' notice.", "en"),
        (TENNIS, "racket", "Hiring a racket costs £3 a session, balls included.", "en"),
        (TENNIS, "lessons", "Beginners' lessons start at 5pm on Mondays.", "en"),
        (TENNIS, "球场", "只有会员可以用青少年球场。", "zh"),
        (POINTS, "积分", "每消费10元积1分。", "zh"),
        (POINTS, "能换钱吗", "积分不能换现金。", "zh"),
        (POINTS, "expire", "Points are reset on 31 December each year.", "en"),
        (ZIPS, "zip", "We fix zips free for as long as you own it.", "en"),
        (ZIPS, "where", "Send it to Alpkit Care, Unit 4, Dale Road.", "en"),
        (ZIPS, "wash", "Please wash it before you send it.", "en"),
        (RAIL, "提前10天", "开车前8天以上退票免手续费。", "zh"),
        (SAVINGS, "rate", "Up to £10,000 you earn 2.5%.", "en"),
        (SAVINGS, "age", "您要年满16岁才能开户。", "zh"),
        (WARD, "押金", "住院押金是5000元，出院时多退少补。", "zh"),
        (WARD, "探视", "每天下午3点到5点可以探视。", "zh"),
        (WARD, "bed", "A companion bed is 20 yuan a night.", "en"),
        (SHUTTLE, "how often", "There's a shuttle every 20 minutes until midnight.", "en"),
        (SHUTTLE, "price", "Adults pay $6, kids under ten nothing.", "en"),
        (SHUTTLE, "大件行李", "大件行李每件2美元。", "zh"),
        (READER, "保修多久", "保修期是一年，买延保可以延到三年。", "zh"),
        (READER, "屏幕摔坏了", "人为损坏的屏幕要付费修，260元。", "zh"),
        (READER, "extended warranty", "The extended warranty is 99 yuan.", "en"),
        (DONATIONS, "receipt", "You'll get a tax receipt by email for donations above £30.", "en"),
        (DONATIONS, "bitcoin", "We can't take cryptocurrency donations.", "en"),
        (YOGA, "体验课", "新学员可以花39元上一次体验课。", "zh"),
        (YOGA, "月卡能退吗", "月卡不能退款，不过可以转让一次。", "zh"),
        (YOGA, "monthly card", "A monthly card is 399 yuan and valid for 31 days.", "en"),
        (ACCOUNTS, "users", "A business account holds as many as 200 users.", "en"),
        (ACCOUNTS, "降级", "降级要到下次续费时才生效。", "zh"),
        (ACCOUNTS, "upgrade", "You can upgrade whenever you like.", "en"),
        (SCHOOL, "什么时候报名", "网上报名是5月6号到15号。", "zh"),
        (SCHOOL, "材料", "需要居住证和社保满12个月的证明。", "zh"),
        (SCHOOL, "错过了", "逾期就不受理了。", "zh"),
        (SCHOOL, "documents", "You need a residence permit and proof of 12 months of social insurance.", "en"),
    ],
)
def test_what_the_passage_says_in_other_words_is_let_out(passage, asked, reply, language):
    assert allowed(reply, [passage], [asked], language) is None


@pytest.mark.parametrize(
    ("passage", "asked", "reply", "language"),
    [
        (RETURNS, "退货几天内", "签收后15天内可以退货。", "zh"),
        (RETURNS, "换货几天内", "7天内可以换货。", "zh"),
        (RETURNS, "How long for returns?", "Returns are possible within 15 days.", "en"),
        (RETURNS, "退货运费谁出", "退货的运费由我们承担。", "zh"),
        (RETURNS, "定制的能退吗", "定制商品也可以退换。", "zh"),
        (CARDS, "ordinary limit", "An ordinary card lets you spend up to $10,000 a month.", "en"),
        (CARDS, "普通卡有年费吗", "普通卡免年费。", "zh"),
        (CARDS, "普通卡年费", "普通卡每月收20美元。", "zh"),
        (CARDS, "gold limit", "Gold card holders must spend at least $10,000 a month.", "en"),
        (BREAKFAST, "breakfast sunday", "At weekends breakfast runs from 7 to 10.", "en"),
        (BREAKFAST, "kids", "All children eat free.", "en"),
        (BREAKFAST, "can I bring my dog", "Dogs are welcome in the restaurant.", "en"),
        (GYM, "周日开吗", "周日也开放的。", "zh"),
        (GYM, "我不是会员，泳池收费吗", "非会员可以免费使用泳池。", "zh"),
        (GYM, "私教课怎么约", "私教课提前2小时预约就行。", "zh"),
        (COVER, "flood?", "Flood damage is covered up to €5,000.", "en"),
        (COVER, "报案期限", "理赔要在30天之后提交。", "zh"),
        (COVER, "excess", "There is no excess to pay.", "en"),
        (COVER, "how to claim", "File your claim within 30 days, with photos and a police report.", "en"),
        (TICKETS, "refund", "You can get a full refund until 24 hours before the show.", "en"),
        (TICKETS, "exchange", "Exchanging a ticket is free.", "en"),
        (TICKETS, "refund", "Tickets can be refunded at any time.", "en"),
        (BANK, "限额", "单笔最多可以转20万元。", "zh"),
        (BANK, "fee", "Transfers to other banks are free.", "en"),
        (BANK, "认证", "可以让家人代办实名认证。", "zh"),
        (BANK, "how long", "The check takes three days.", "en"),
        (LIBRARY, "DVD能借多久", "DVD可以借三周。", "zh"),
        (LIBRARY, "monday?", "The reading room is open on Mondays too.", "en"),
        (HOTEL, "几点退房", "退房时间是下午3点。", "zh"),
        (HOTEL, "check in", "You can check in before 3pm.", "en"),
        (HOTEL, "停车", "访客停车免费。", "zh"),
        (HOTEL, "宠物", "宠物可以免费入住。", "zh"),
        (PARCELS, "sale", "Sale items can be refunded.", "en"),
        (PARCELS, "how", "I have emailed you the label.", "en"),
        (PARCELS, "多久退款", "退款当天到账。", "zh"),
        (PASSPORT, "换发多少钱", "换发护照收120元。", "zh"),
        (PASSPORT, "urgent", "The urgent service takes 7 working days.", "en"),
        (PASSPORT, "我15岁", "16岁以下可以自己去办。", "zh"),
        (BUS, "trains?", "You can also use it on trains.", "en"),
        (BUS, "price", "Everyone pays £30 a month.", "en"),
        (BUS, "price", "The pass costs £48 a week.", "en"),
        (BUS, "多少钱", "这张卡每年48英镑。", "zh"),
        (BUS, "能坐火车吗", "火车也可以坐。", "zh"),
        (BUS, "student", "With a student card it's £48 a month.", "en"),
        (BAKING, "when", "Baking classes start at 2 pm on Tuesdays and Saturdays.", "en"),
        (BAKING, "多少钱", "180元一节，材料费另付。", "zh"),
        (BAKING, "送什么吗", "课后还会送您一本食谱。", "zh"),
        (BAKING, "多久", "每节课两小时。", "zh"),
        (BAKING, "where", "Classes are held at our Riverside studio.", "en"),
        (ROOMS, "cancel", "Email stay@bluecove.example at most 3 days before arrival.", "en"),
        (ROOMS, "cancel", "Email stay@bluecove.com to cancel.", "en"),
        (ROOMS, "late", "Late cancellations are charged two nights.", "en"),
        (ROOMS, "group", "Group bookings can be cancelled free of charge.", "en"),
        (ROOMS, "cancel mine", "I've cancelled your booking.", "en"),
        (ROOMS, "cancel mine", "Done, your booking is cancelled.", "en"),
        (COOLING, "质保", "压缩机质保6年。", "zh"),
        (COOLING, "warranty", "The whole unit is under warranty for ten years.", "en"),
        (COOLING, "铜管", "延长铜管免费。", "zh"),
        (COOLING, "电话", "请打400-812-3378预约。", "zh"),
        (BLOOD, "friday", "You can have a blood test on Friday too.", "en"),
        (BLOOD, "appointment", "You need an appointment for a blood test.", "en"),
        (BLOOD, "eat", "You may eat before the test.", "en"),
        (BLOOD, "results", "Results are ready within 2 hours.", "en"),
        (CREDIT, "几号还款", "每月8号还款。", "zh"),
        (CREDIT, "minimum", "The maximum payment is 10% of the bill.", "en"),
        (CREDIT, "逾期", "逾期每月按万分之五计息。", "zh"),
        (PHONES, "battery", "The battery has a two-year warranty.", "en"),
        (PHONES, "进水保吗", "进水也保修的。", "zh"),
        (PHONES, "手机保多久", "电池质保两年。", "zh"),
        (PHONES, "dropped", "Accidental damage is covered for 12 months.", "en"),
        (THEATRE, "票价", "成人票198元。", "zh"),
        (THEATRE, "今天演出能退吗", "演出当天也能退票。", "zh"),
        (THEATRE, "kids", "All children get in free.", "en"),
        (THEATRE, "kids", "Children over 1.2 metres get in free.", "en"),
        (WORKSHOPS, "price", "Non-members get 15% off workshops.", "en"),
        (WORKSHOPS, "apron", "We provide an apron for you.", "en"),
        (WORKSHOPS, "会员优惠", "会员打七五折。", "zh"),
        (COURSES, "条件", "平均成绩80分以上就行，挂科也可以申请。", "zh"),
        (COURSES, "几次", "每个学生可以申请两次。", "zh"),
        (COURSES, "results", "Results come out in week 4.", "en"),
        (COURSES, "条件", "成绩80分以下可以申请。", "zh"),
        (BROADBAND, "cost", "Installation is free of charge.", "en"),
        (BROADBAND, "sunday", "Engineers can come on Sundays as well.", "en"),
        (BROADBAND, "when", "Broadband is installed within 5 days of your order.", "en"),
        (BROADBAND, "when", "We'll also give you a free router.", "en"),
        (TRAVEL, "多少钱", "一个人一个月5元。", "zh"),
        (TRAVEL, "最长多久", "至少要保30天。", "zh"),
        (TRAVEL, "潜水保吗", "高风险运动也在保障范围内。", "zh"),
        (TRAVEL, "report", "Call 95588 within 24 days.", "en"),
        (PARKING, "price", "The first hour is free.", "en"),
        (PARKING, "过夜", "可以过夜停车。", "zh"),
        (PARKING, "ev", "Electric cars can use bays 1 to 18.", "en"),
        (PARKING, "price", "You pay at least €15 a day.", "en"),
        (PARKING, "最多", "每小时最多收15欧元。", "zh"),
        (READING, "哪里自习", "自习区在一楼。", "zh"),
        (READING, "打印", "打印每页3元。", "zh"),
        (READING, "座位", "座位不用预约。", "zh"),
        (READING, "爽约", "爽约7次暂停预约3天。", "zh"),
        (TRAINS, "saving", "Anyone can save a third on train tickets.", "en"),
        (TRAINS, "price", "The card is $35 a month.", "en"),
        (TRAINS, "早上八点能用吗", "工作日9点半之前也能用。", "zh"),
        (TRAINS, "renew", "You can renew it at any station.", "en"),
        (MEALS, "起送", "满30元免配送费。", "zh"),
        (MEALS, "member", "Delivery is free for everyone.", "en"),
        (MEALS, "餐有问题", "2小时内退款到账。", "zh"),
        (MEALS, "餐有问题", "我马上给您退款。", "zh"),
        (MUSEUM, "tuesday", "The museum is open on Tuesdays.", "en"),
        (MUSEUM, "last", "You can enter until 5pm.", "en"),
        (MUSEUM, "photo", "Flash photography is allowed.", "en"),
        (MUSEUM, "tour", "Guided tours are free.", "en"),
        (MUSEUM, "cafe", "There's a café on the ground floor.", "en"),
        (CARS, "押金", "押金还车当天退还。", "zh"),
        (CARS, "出市", "可以开到外地。", "zh"),
        (REPAIRS, "fee", "There's no diagnosis fee.", "en"),
        (REPAIRS, "how long", "Repairs take at most 7 days.", "en"),
        (REPAIRS, "不取", "设备我们会一直为您保管。", "zh"),
        (REPAIRS, "status", "Let me look up your repair.", "en"),
        (BIRTHS, "期限", "出生30天后才能办。", "zh"),
        (BIRTHS, "材料", "只要带出生证就行。", "zh"),
        (BIRTHS, "cost", "The fee is 30 yuan.", "en"),
        (GLASSES, "sunglasses", "Sunglasses take 5 working days.", "en"),
        (GLASSES, "test", "The eye test is free.", "en"),
        (BUILDING, "什么时候交", "每月10号之前交物业费。", "zh"),
        (BUILDING, "逾期", "逾期每天加收3%。", "zh"),
        (BUILDING, "周末能装修吗", "周末可以施工。", "zh"),
        (BUILDING, "deposit", "You need to give 7 hours' notice.", "en"),
        (TENNIS, "can I use the junior courts", "Everyone can use the junior courts.", "en"),
        (TENNIS, "lessons", "Beginners' lessons start at 5am on Mondays.", "en"),
        (POINTS, "积分", "每消费1元积10分。", "zh"),
        (POINTS, "能换钱吗", "积分可以换现金。", "zh"),
        (POINTS, "expire", "Points never expire.", "en"),
        (POINTS, "能送人吗", "积分可以转让给家人。", "zh"),
        (ZIPS, "where", "Send it to Alpkit Care, Unit 4, Hale Road.", "en"),
        (RAIL, "提前3天", "开车前48小时以上退，收10%的手续费。", "zh"),
        (RAIL, "late", "Less than 24 hours before departure, the fee is 5%.", "en"),
        (SAVINGS, "rate", "Above £10,000 you earn 2.5%.", "en"),
        (SAVINGS, "rate", "You earn 2.5% on any balance.", "en"),
        (SAVINGS, "age", "15-year-olds can open one.", "en"),
        (SAVINGS, "interest", "Interest is paid yearly.", "en"),
        (WARD, "探视", "探视时间是下午5点以后。", "zh"),
        (WARD, "ICU", "ICU每次可以进2人。", "zh"),
        (WARD, "bed", "A companion bed is 20 yuan a week.", "en"),
        (WARD, "bed", "陪护床免费。", "zh"),
        (SHUTTLE, "how often", "There's a shuttle every 30 minutes.", "en"),
        (SHUTTLE, "kids", "Children under 12 ride free.", "en"),
        (SHUTTLE, "大件行李", "大件行李免费。", "zh"),
        (SHUTTLE, "late", "The last shuttle leaves at 11pm.", "en"),
        (SHUTTLE, "adults", "Adults ride free.", "en"),
        (READER, "保修多久", "保修期是三年。", "zh"),
        (READER, "屏幕摔坏了", "屏幕人为损坏可以免费维修。", "zh"),
        (READER, "extended warranty", "The extended warranty is 260 yuan.", "en"),
        (READER, "延保", "延保可以延长两年。", "zh"),
        (DONATIONS, "receipt", "You'll get a tax receipt by post.", "en"),
        (DONATIONS, "receipt", "Every donation gets a tax receipt.", "en"),
        (DONATIONS, "bitcoin", "Yes, we accept cryptocurrency.", "en"),
        (DONATIONS, "cancel", "To cancel, write to donors@helpfund.example.", "en"),
        (YOGA, "月卡能退吗", "月卡可以退款。", "zh"),
        (YOGA, "月卡", "月卡39元。", "zh"),
        (YOGA, "monthly card", "A monthly card is valid for 31 weeks.", "en"),
        (YOGA, "转让", "月卡可以转让多次。", "zh"),
        (ACCOUNTS, "users", "A standard account holds up to 200 users.", "en"),
        (ACCOUNTS, "phone", "Standard accounts include phone support.", "en"),
        (ACCOUNTS, "降级", "降级立即生效。", "zh"),
        (SCHOOL, "什么时候报名", "网上报名到5月25日截止。", "zh"),
        (SCHOOL, "材料", "社保满6个月就行。", "zh"),
        (SCHOOL, "错过了", "逾期也可以补报。", "zh"),
    ],
)
def test_what_it_does_not_say_is_blocked(passage, asked, reply, language):
    assert allowed(reply, [passage], [asked], language) is not None


@pytest.mark.parametrize(
    ("text", "bound", "side"),
    [
        ("at least 5 days before the next date", "least", "before"), ("最多只能存500美元", "most", ""),
        ("不得低于80分", "least", ""), ("no less than £20", "least", ""), ("not more than 10 yuan", "most", ""),
        ("在拆表之前7天内", "most", "before"), ("拆表后7天内退还", "most", "after"), ("20 people or more", "least", ""),
        ("five days or more ahead of the move", "least", "before"), ("下单后30天内", "most", "after"),
        ("no later than five days ahead of it", "least", "before"), ("won't go above 2,000 yuan", "most", ""),
        ("cannot be opened with less than $500", "least", ""), ("it costs £5", "", ""),
    ],
)
def test_bounds_of_a_number(text, bound, side):
    own = normalise(text)
    fact = facts(own)[0]
    found = bounds(own, fact.at, fact.until)
    assert (found.bound, found.side) == (bound, side)


@pytest.mark.parametrize(
    ("text", "rates"),
    [("£99 a year", {"year"}), ("每天最多取5万元", {"day"}), ("$5 per month", {"month"}), ("年费300元", {"year"}), ("£5", set())],
)
def test_periods_of_an_amount(text, rates):
    own = normalise(text)
    fact = facts(own)[0]
    assert bounds(own, fact.at, fact.until).rates == rates


@pytest.mark.parametrize(
    ("one", "other"),
    [("退货", "return"), ("refundable", "退款"), ("check-in", "入住"), ("营业", "opening"), ("vouchers", "优惠券"), ("保费", "premium")],
)
def test_words_of_both_languages_share_a_meaning(one, other):
    assert words(one)[0].meanings & words(other)[0].meanings


def test_opposites_are_told_apart():
    assert "-open" in words("打烊")[0].meanings and "open" in words("营业")[0].meanings


def test_a_phrase_means_what_its_words_mean_too():
    assert words("birth certificate")[0].meanings >= words("certificate")[0].meanings


def test_an_inner_denial_ends_with_what_it_describes():
    assert [inner for _, _, inner in denials("未接种疫苗的宠物恕不接收")] == [True, False]
    assert denials("退不了")[0][0] == 0
    assert not denies("不动产登记照常办公")


def test_a_fact_knows_its_place():
    text = normalise("Pay 30 yuan within 7 days.")
    assert {text[f.at : f.until].strip() for f in facts(text)} == {"30 yuan", "7 days"}


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("half past nine", ("time", "09:30", "dial")), ("at noon", ("time", "12:00", "")), ("五毛二", ("number", "0.52", "cny")),
        ("an hour and a half", ("number", "1.5", "hour")), ("half price", ("number", "50", "%")), ("一年半", ("number", "1.5", "year")),
        ("每月25号", ("day of month", "25", "")), ("千分之一", ("number", "0.1", "%")), ("三块五", ("number", "3.5", "cny")),
        ("week 8", ("number", "8", "week")), ("a day ahead", ("number", "1", "day")),
    ],
)
def test_spoken_forms_of_facts(text, fact):
    assert fact in {(f.kind, f.value, f.unit) for f in facts(text)}


def test_days_from_one_to_another_are_all_of_them():
    assert [f.value for f in facts("Tuesday to Friday")] == [f.value for f in facts("周二至周五")] == ["2", "3", "4", "5"]
